/// How a checkpoint wants its images: resized, cropped, rescaled, normalised, in this order.
///
/// The same values as timm (torchvision's transforms on Pillow images) and as transformers' Pillow image
/// processors compute. transformers' torchvision processors resize with other rounding and may differ from
/// both by a grey level.
public struct Preprocessing: Codable, Hashable, Sendable {
  public var resize: Resize
  public var interpolation: ResamplingFilter
  public var crop: CenterCrop?
  /// What a byte is multiplied by, before the mean is subtracted: usually 1/255.
  public var rescaleFactor: Double
  /// Red, green, blue, in units of rescaled values. Zero where the checkpoint does not normalise.
  public var mean: SIMD3<Double>
  /// Red, green, blue; neither zero nor less. One where the checkpoint does not normalise.
  public var std: SIMD3<Double>

  public init(
    resize: Resize, interpolation: ResamplingFilter, crop: CenterCrop?, rescaleFactor: Double,
    mean: SIMD3<Double>, std: SIMD3<Double>
  ) {
    self.resize = resize
    self.interpolation = interpolation
    self.crop = crop
    self.rescaleFactor = rescaleFactor
    self.mean = mean
    self.std = std
  }

  /// The rule from an image's size to the size that it is resized to.
  public enum Resize: Codable, Hashable, Sendable {
    case none
    /// This size, whatever the image's proportions.
    case exact(ImageSize)
    /// The shorter side becomes this long, the longer one in proportion, rounded down.
    case shortestEdge(Int)
    /// In proportion, the smallest that covers this size; both sides rounded to the nearest, halves to even.
    case covering(ImageSize)
    /// In proportion, the largest that fits into this size; rounded as for `covering`.
    case fitting(ImageSize)
  }

  /// The size of every image after preparing; nil where it depends on the image.
  public var outputSize: ImageSize? {
    if let crop { return crop.size }
    if case .exact(let size) = resize { return size }
    return nil
  }

  /// The resized and cropped image, before any arithmetic on its values.
  public func image(from image: RGBImage, limits: ImageLimits = .standard) throws(ImageError) -> RGBImage {
    var result = image
    if let target = try resize.target(for: image.size, limits: limits) {
      result = try result.resized(to: target, filter: interpolation, limits: limits)
    }
    guard let crop else { return result }
    return try result.cropped(crop, limits: limits)
  }

  /// The network's input for an image: `[3, height, width]`, row-major, and its size.
  ///
  /// A value is `(Float(Double(byte) * rescaleFactor) - Float(mean)) / Float(std)` in single precision. For
  /// the factor 1/255 the first step equals `Float(byte) / 255` for every byte, so that this is timm's
  /// arithmetic too.
  public func tensor(
    from image: RGBImage, limits: ImageLimits = .standard
  ) throws(ImageError) -> (values: [Float], size: ImageSize) {
    let prepared = try self.image(from: image, limits: limits)
    let tables = (0..<3).map { channel in
      let mean = Float(mean[channel])
      let std = Float(std[channel])
      return (0...255).map { (Float(Double($0) * rescaleFactor) - mean) / std }
    }
    let plane = prepared.width * prepared.height
    let values = [Float](unsafeUninitializedCapacity: 3 * plane) { buffer, initialized in
      prepared.pixels.withUnsafeBufferPointer { pixels in
        for (channel, table) in tables.enumerated() {
          for index in 0..<plane { buffer[channel * plane + index] = table[Int(pixels[3 * index + channel])] }
        }
      }
      initialized = 3 * plane
    }
    return (values, prepared.size)
  }
}

extension Preprocessing.Resize {
  /// The size to resize to; nil where nothing is resized.
  func target(for size: ImageSize, limits: ImageLimits) throws(ImageError) -> ImageSize? {
    switch self {
    case .none:
      return nil
    case .exact(let target):
      return target
    case .shortestEdge(let short):
      let (product, overflow) = max(size.height, size.width).multipliedReportingOverflow(by: short)
      guard !overflow, size.height > 0, size.width > 0 else {
        let target = ImageSize(height: short, width: short)
        throw .resizeRefused(from: size, to: target, limit: limits.pixels)
      }
      let long = product / min(size.height, size.width)
      return size.width <= size.height
        ? ImageSize(height: long, width: short) : ImageSize(height: short, width: long)
    case .covering(let target):
      return try scaled(size, to: target, limits, by: min)
    case .fitting(let target):
      return try scaled(size, to: target, limits, by: max)
    }
  }

  private func scaled(
    _ size: ImageSize, to target: ImageSize, _ limits: ImageLimits, by choose: (Double, Double) -> Double
  ) throws(ImageError) -> ImageSize {
    let ratio = choose(
      Double(size.height) / Double(target.height), Double(size.width) / Double(target.width))
    let height = (Double(size.height) / ratio).rounded(.toNearestOrEven)
    let width = (Double(size.width) / ratio).rounded(.toNearestOrEven)
    guard let height = Int(exactly: height), let width = Int(exactly: width) else {
      throw .resizeRefused(from: size, to: target, limit: limits.pixels)
    }
    return ImageSize(height: height, width: width)
  }
}
