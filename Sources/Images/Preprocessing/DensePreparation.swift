/// How mmsegmentation's and mmdetection's test pipelines prepare an image: resized in proportion, normalised, and
/// brought to extents that the network's strides divide.
///
/// The bytes are those of OpenCV's bilinear resizing, and the numbers those of mmcv's `imnormalize`, bit for bit.
public struct DensePreparation: Codable, Hashable, Sendable {
  /// What happens to extents that are no multiples of `divisor`.
  public enum Completion: String, Codable, Hashable, Sendable {
    /// The image is resized once more: mmsegmentation's ResizeToMultiple.
    case resizing
    /// Zeros are added below and at the right after the normalisation: mmdetection's Pad.
    case padding
  }

  /// The image is the largest that fits: its longer side into the larger number, its shorter one into the other.
  public var scale: ImageSize
  public var divisor: Int
  public var completion: Completion
  /// Red, green, blue, in bytes.
  public var mean: SIMD3<Double>
  public var std: SIMD3<Double>

  public init(
    scale: ImageSize, completion: Completion, divisor: Int = 32, mean: SIMD3<Double> = SIMD3(123.675, 116.28, 103.53),
    std: SIMD3<Double> = SIMD3(58.395, 57.12, 57.375)
  ) {
    self.scale = scale
    self.divisor = divisor
    self.completion = completion
    self.mean = mean
    self.std = std
  }

  /// A prepared image and how its pixels lie in the original.
  ///
  /// It is held in bytes; numbers are made of the parts that are asked for.
  public struct Prepared: Sendable {
    public let size: ImageSize
    /// The part at the top left that is the image; the rest is padding.
    public var content: ImageSize { pixels.size }
    public let original: ImageSize
    /// The first resizing's: width and height over the original's.
    public let factors: (width: Float, height: Float)
    fileprivate let pixels: RGBImage
    /// By channel and byte.
    fileprivate let numbers: [[Float]]

    /// [3, height, width] of `size`.
    public var values: [Float] { values(rows: 0..<size.height, columns: 0..<size.width) }

    /// [3, rows, columns] of a part.
    ///
    /// Precondition: the part lies within `size`.
    public func values(rows: Range<Int>, columns: Range<Int>) -> [Float] {
      precondition(rows.lowerBound >= 0 && rows.upperBound <= size.height, "rows lie within the image")
      precondition(columns.lowerBound >= 0 && columns.upperBound <= size.width, "columns lie within the image")
      let plane = rows.count * columns.count
      var values = [Float](repeating: 0, count: 3 * plane)
      for row in rows where row < content.height {
        var place = (row - rows.lowerBound) * columns.count
        for column in columns where column < content.width {
          let source = 3 * (row * content.width + column)
          for channel in 0..<3 {
            values[channel * plane + place] = numbers[channel][Int(pixels.pixels[source + channel])]
          }
          place += 1
        }
      }
      return values
    }
  }

  /// The size in proportion: sides times the factor, a half added, rounded down.
  public func proportionalSize(of size: ImageSize) -> ImageSize {
    let (long, short) = (max(scale.height, scale.width), min(scale.height, scale.width))
    let factor = min(
      Double(long) / Double(max(size.height, size.width)), Double(short) / Double(min(size.height, size.width)))
    func side(_ side: Int) -> Int { max(Int(Double(side) * factor + 0.5), 1) }
    return ImageSize(height: side(size.height), width: side(size.width))
  }

  func completedSize(of size: ImageSize) -> ImageSize {
    func side(_ side: Int) -> Int { (side + divisor - 1) / divisor * divisor }
    return ImageSize(height: side(size.height), width: side(size.width))
  }

  /// The image before the normalisation.
  public func image(from image: RGBImage, limits: ImageLimits = .standard) throws(ImageError) -> RGBImage {
    let resized = try image.resizedBilinearly(to: proportionalSize(of: image.size), limits: limits)
    guard completion == .resizing else { return resized }
    return try resized.resizedBilinearly(to: completedSize(of: resized.size), limits: limits)
  }

  public func prepare(_ image: RGBImage, limits: ImageLimits = .standard) throws(ImageError) -> Prepared {
    let first = proportionalSize(of: image.size)
    let content = try self.image(from: image, limits: limits)
    let size = completedSize(of: content.size)
    guard limits.allows(size) else {
      throw .resizeRefused(from: image.size, to: size, limit: limits.pixels)
    }
    let tables = (0..<3).map { channel in
      // Deviations, too, are of single precision there, and their inverses of double.
      let (mean, factor) = (Float(mean[channel]), 1 / Double(Float(std[channel])))
      return (0...255).map { Float(Double(Float($0) - mean) * factor) }
    }
    return Prepared(
      size: size, original: image.size,
      factors: (
        Float(Double(first.width) / Double(image.width)), Float(Double(first.height) / Double(image.height))
      ), pixels: content, numbers: tables)
  }

  /// Whether the numbers can be computed with.
  public var isSound: Bool {
    1...65535 ~= scale.height && 1...65535 ~= scale.width && 1...4096 ~= divisor
      && (0..<3).allSatisfy { Float(mean[$0]).isFinite && Float(std[$0]).isFinite && Float(std[$0]) > 0 }
  }
}
