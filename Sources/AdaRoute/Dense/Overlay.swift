import Dense
import Images

/// A photo with regions in colours over it, their borders drawn and their names written.
struct Overlay {
  private let size: ImageSize
  private var pixels: [UInt8]
  private let lettering: Lettering
  /// Of lines, in pixels.
  private let thickness: Int
  private var captions: [Caption] = []

  /// A name, and where it may stand: corners at the top left, the best first.
  private struct Caption {
    let text: String
    let color: SIMD3<UInt8>
    let places: [(row: Int, column: Int)]
  }

  /// Shares of a colour over the photo, in percent.
  private enum Share {
    static let region = 50
    static let regionBorder = 75
    static let mask = 45
    static let plate = 85
  }

  init(_ image: RGBImage) {
    size = image.size
    pixels = image.pixels
    let side = Float(min(size.height, size.width))
    lettering = Lettering(scale: min(max(side / 360, 1), 12))
    thickness = max(Int(lettering.scale.rounded()), 1)
  }

  /// The picture, with the names on top of everything else.
  consuming func finished() -> RGBImage? {
    drawCaptions()
    return RGBImage(width: size.width, height: size.height, pixels: pixels)
  }

  private mutating func blend(_ index: Int, _ color: SIMD3<UInt8>, _ share: Int) {
    for channel in 0..<3 {
      let place = 3 * index + channel
      pixels[place] = UInt8((Int(pixels[place]) * (100 - share) + Int(color[channel]) * share) / 100)
    }
  }

  // MARK: Regions

  /// Colours every pixel by its region, and writes the region's name into it where there is room; without a color the
  /// photo is left. A border is where the region to the right or below is another one. `region` is told pixels in
  /// rows.
  mutating func draw(_ region: (Int) -> Int, color: (Int) -> SIMD3<UInt8>?, name: (Int) -> String) {
    for row in 0..<size.height {
      for column in 0..<size.width {
        let index = row * size.width + column
        let own = region(index)
        guard let color = color(own) else { continue }
        let isBorder =
          column + thickness < size.width && region(index + thickness) != own
          || row + thickness < size.height && region(index + thickness * size.width) != own
        blend(index, isBorder ? SIMD3(repeating: 255) : color, isBorder ? Share.regionBorder : Share.region)
      }
    }
    let centres = RegionCentres(height: size.height, width: size.width, region: region).centres
    for (region, centre) in centres.sorted(by: { ($0.value.distance, $1.key) > ($1.value.distance, $0.key) }) {
      guard let color = color(region), centre.distance * 2 >= lettering.height else { continue }
      let text = name(region)
      let plate = plateSize(text)
      captions.append(
        Caption(
          text: text, color: color,
          places: [(centre.row - plate.height / 2, centre.column - plate.width / 2)]))
    }
  }

  // MARK: Things

  /// Colours a thing's pixels and draws its box in the full colour.
  mutating func draw(_ mask: RunLengthMask, box: Box, color: SIMD3<UInt8>) {
    let inside = mask.pixels
    func has(_ row: Int, _ column: Int) -> Bool {
      (0..<size.height).contains(row) && (0..<size.width).contains(column) && inside[row * size.width + column] != 0
    }
    let reach = mask.box
    for row in Int(reach.top)..<Int(reach.bottom) {
      for column in Int(reach.left)..<Int(reach.right) where has(row, column) {
        let isInner =
          has(row, column - thickness) && has(row, column + thickness) && has(row - thickness, column)
          && has(row + thickness, column)
        blend(row * size.width + column, color, isInner ? Share.mask : 100)
      }
    }
    let (rows, columns) = box.pixels(height: size.height, width: size.width)
    for row in rows {
      let isEdge = row < rows.lowerBound + thickness || row > rows.upperBound - thickness
      for column in columns
      where isEdge || column < columns.lowerBound + thickness || column > columns.upperBound - thickness {
        blend(row * size.width + column, color, 100)
      }
    }
  }

  /// Writes a thing's name at its box: above it, or where there is room.
  mutating func write(_ name: String, at box: Box, color: SIMD3<UInt8>) {
    let (rows, columns) = box.pixels(height: size.height, width: size.width)
    let plate = plateSize(name)
    captions.append(
      Caption(
        text: name, color: color,
        places: [
          (rows.lowerBound - plate.height, columns.lowerBound), (rows.lowerBound, columns.lowerBound),
          (rows.upperBound + 1, columns.lowerBound), (rows.upperBound + 1 - plate.height, columns.lowerBound),
          (rows.lowerBound - plate.height, columns.upperBound + 1 - plate.width),
          (rows.lowerBound, columns.upperBound + 1 - plate.width),
          (rows.upperBound + 1, columns.upperBound + 1 - plate.width),
        ]))
  }

  // MARK: Names

  private var margin: Int { max(Int((lettering.scale * 2).rounded()), 2) }

  private func plateSize(_ text: String) -> ImageSize {
    ImageSize(height: lettering.height + margin, width: lettering.width(of: text) + 2 * margin)
  }

  /// The first names choose first; one that finds no free place is written where it covers the least.
  private mutating func drawCaptions() {
    var taken: [CornerBox] = []
    for caption in captions {
      let plate = plateSize(caption.text)
      let boxes = caption.places.map { place in
        let row = min(max(place.row, 0), max(size.height - plate.height, 0))
        let column = min(max(place.column, 0), max(size.width - plate.width, 0))
        return CornerBox(
          left: Double(column), top: Double(row), right: Double(column + plate.width),
          bottom: Double(row + plate.height))
      }
      let covered = boxes.map { box in taken.reduce(0) { $0 + $1.intersection(box) } }
      guard let best = covered.indices.min(by: { covered[$0] < covered[$1] }) else { continue }
      taken.append(boxes[best])
    }
    // The first ones on top.
    for (caption, box) in zip(captions, taken).reversed() { draw(caption, Int(box.top), Int(box.left)) }
  }

  private mutating func draw(_ caption: Caption, _ top: Int, _ left: Int) {
    let plate = plateSize(caption.text)
    for row in max(top, 0)..<min(top + plate.height, size.height) {
      for column in max(left, 0)..<min(left + plate.width, size.width) {
        let isCorner =
          (row == top || row == top + plate.height - 1) && (column == left || column == left + plate.width - 1)
        if !isCorner { blend(row * size.width + column, caption.color, Share.plate) }
      }
    }
    let ink = lettering.ink(caption.text)
    let isLight = Palette.lightness(caption.color) > 0.5
    let color = SIMD3<UInt8>(repeating: isLight ? 0 : 255)
    for row in 0..<ink.height {
      for column in 0..<ink.width {
        let (y, x) = (top + margin + row, left + margin + column)
        guard y < size.height, x < size.width else { continue }
        blend(y * size.width + x, color, Int((ink.shares[row * ink.width + column] * 100).rounded()))
      }
    }
  }
}
