/// An image in memory: `height` rows of `width` pixels, each three bytes red, green, blue.
public struct RGBImage: Hashable, Sendable {
  public let size: ImageSize
  /// Row-major, `3 * width * height` bytes.
  public let pixels: [UInt8]

  /// Nil where a side is not positive or `pixels` does not hold `3 * width * height` bytes.
  public init?(width: Int, height: Int, pixels: [UInt8]) {
    let size = ImageSize(height: height, width: width)
    guard width > 0, height > 0, let count = size.pixelCount, count <= Int.max / 3, pixels.count == 3 * count
    else { return nil }
    self.init(size: size, pixels: pixels)
  }

  /// The caller guarantees that `pixels` holds `3 * size.height * size.width` bytes.
  init(size: ImageSize, pixels: [UInt8]) {
    self.size = size
    self.pixels = pixels
  }

  public var width: Int { size.width }
  public var height: Int { size.height }
}

/// Height and width in pixels.
public struct ImageSize: Codable, Hashable, Sendable {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// `height * width`; nil where the product overflows.
  var pixelCount: Int? {
    let (count, overflow) = height.multipliedReportingOverflow(by: width)
    return overflow ? nil : count
  }
}

/// What an image may cost before it is refused.
public struct ImageLimits: Hashable, Sendable {
  /// The most pixels that an image, decoded or resized, may have.
  public let pixels: Int

  /// Numbers above 2^40 mean 2^40, so that sizes within the limit can be computed with.
  public init(pixels: Int) { self.pixels = min(pixels, 1 << 40) }

  /// 89,478,485 pixels, a quarter of a gibibyte of RGB, above which Pillow warns of a decompression bomb.
  public static let standard = ImageLimits(pixels: 89_478_485)

  func allows(_ size: ImageSize) -> Bool {
    guard let count = size.pixelCount else { return false }
    return count <= pixels
  }
}
