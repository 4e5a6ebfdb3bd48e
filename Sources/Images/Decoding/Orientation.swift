import Tensors

/// How an image as stored must be turned to stand upright: the values of EXIF's tag 274.
enum Orientation: Int {
  case upright = 1
  case mirrored, upsideDown, flipped, transposed, turnedLeft, transverse, turnedRight

  /// As metadata state it: EXIF first, else XMP; upright where neither does, or not in a way that Pillow
  /// reads.
  init(exif: UnsafeRawBufferPointer, xmp: UnsafeRawBufferPointer) {
    let value = exif.exifOrientation ?? xmp.xmpOrientation
    self = value.flatMap(Orientation.init(rawValue:)) ?? .upright
  }
}

extension RGBImage {
  func upright(_ orientation: Orientation) -> RGBImage {
    if orientation == .upright { return self }
    // The stored pixel of the result's (0, 0), and the steps from it along the result's columns and rows.
    let right = width - 1
    let bottom = (height - 1) * width
    let (first, column, row) =
      switch orientation {
      case .upright: (0, 1, width)
      case .mirrored: (right, -1, width)
      case .upsideDown: (bottom + right, -1, -width)
      case .flipped: (bottom, 1, -width)
      case .transposed: (0, width, 1)
      case .turnedLeft: (bottom, -width, 1)
      case .transverse: (bottom + right, -width, -1)
      case .turnedRight: (right, width, -1)
      }
    let isTurned = orientation.rawValue >= Orientation.transposed.rawValue
    let result = isTurned ? ImageSize(height: width, width: height) : size
    let bytes = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, initialized in
      pixels.withUnsafeBufferPointer { source in
        var to = 0
        for y in 0..<result.height {
          var from = 3 * (first + y * row)
          for _ in 0..<result.width {
            target[to] = source[from]
            target[to + 1] = source[from + 1]
            target[to + 2] = source[from + 2]
            to += 3
            from += 3 * column
          }
        }
      }
      initialized = pixels.count
    }
    return RGBImage(size: result, pixels: bytes)
  }
}
