import Dense
import Images

/// A photo with regions in colours over it, their borders drawn.
struct Overlay {
  private let size: ImageSize
  private var pixels: [UInt8]

  init(_ image: RGBImage) {
    size = image.size
    pixels = image.pixels
  }

  var image: RGBImage? { RGBImage(width: size.width, height: size.height, pixels: pixels) }

  private mutating func blend(_ index: Int, _ color: SIMD3<UInt8>, _ share: Int) {
    for channel in 0..<3 {
      let place = 3 * index + channel
      pixels[place] = UInt8((Int(pixels[place]) * (100 - share) + Int(color[channel]) * share) / 100)
    }
  }

  /// Colours every pixel by its region; nil leaves the photo. A border pixel is one whose right or lower neighbour is
  /// of another region.
  mutating func draw(_ regions: [Int], color: (Int) -> SIMD3<UInt8>?) {
    for row in 0..<size.height {
      for column in 0..<size.width {
        let index = row * size.width + column
        let right = column + 1 < size.width ? regions[index + 1] : regions[index]
        let below = row + 1 < size.height ? regions[index + size.width] : regions[index]
        let isBorder = right != regions[index] || below != regions[index]
        guard let color = color(regions[index]) else { continue }
        blend(index, isBorder ? SIMD3(repeating: 255) : color, isBorder ? 70 : 50)
      }
    }
  }

  /// Colours a thing's pixels, and draws its box in the full colour.
  mutating func draw(_ mask: RunLengthMask, box: Box, color: SIMD3<UInt8>) {
    let inside = mask.pixels
    for row in 0..<size.height {
      for column in 0..<size.width where inside[row * size.width + column] != 0 {
        let index = row * size.width + column
        let isBorder =
          row == 0 || column == 0 || row + 1 == size.height || column + 1 == size.width || inside[index - 1] == 0
          || inside[index + 1] == 0 || inside[index - size.width] == 0 || inside[index + size.width] == 0
        blend(index, color, isBorder ? 100 : 45)
      }
    }
    let (rows, columns) = box.pixels(height: size.height, width: size.width)
    for column in columns {
      for row in [rows.lowerBound, rows.upperBound] { blend(row * size.width + column, color, 100) }
    }
    for row in rows {
      for column in [columns.lowerBound, columns.upperBound] { blend(row * size.width + column, color, 100) }
    }
  }
}
