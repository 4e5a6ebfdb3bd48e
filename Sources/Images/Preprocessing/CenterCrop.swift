/// The middle of an image; where the image is smaller, the image in the middle of a border.
public struct CenterCrop: Codable, Hashable, Sendable {
  public var size: ImageSize
  public var rounding: Rounding
  /// The border's red, green and blue.
  public var fill: SIMD3<UInt8>

  public init(size: ImageSize, rounding: Rounding, fill: SIMD3<UInt8> = .zero) {
    self.size = size
    self.rounding = rounding
    self.fill = fill
  }

  /// On which side the odd pixel falls.
  public enum Rounding: String, Codable, Hashable, Sendable {
    /// Half of what is cut away is rounded to even, half of the border down: torchvision and timm.
    case torchvision
    /// Half of what is cut away is rounded down, half of the border up: transformers.
    case transformers

    /// Where the result's first pixel lies in a line of `length` pixels; negative where a border precedes it.
    func start(of count: Int, in length: Int) -> Int {
      if length < count {
        let border = count - length
        return self == .torchvision ? -(border / 2) : -(border - border / 2)
      }
      let cut = length - count
      let isEven = cut / 2 % 2 == 0
      return self == .torchvision && cut % 2 == 1 && !isEven ? cut / 2 + 1 : cut / 2
    }
  }
}

extension RGBImage {
  func cropped(_ crop: CenterCrop, limits: ImageLimits) throws(ImageError) -> RGBImage {
    let target = crop.size
    guard target.height > 0, target.width > 0, limits.allows(target) else {
      throw .resizeRefused(from: size, to: target, limit: limits.pixels)
    }
    if target == size { return self }
    let top = crop.rounding.start(of: target.height, in: height)
    let left = crop.rounding.start(of: target.width, in: width)
    let columns = max(0, -left)..<min(target.width, width - left)
    var result: [UInt8] = []
    result.reserveCapacity(3 * target.width * target.height)
    func border(_ count: Int) {
      for _ in 0..<count { for channel in 0..<3 { result.append(crop.fill[channel]) } }
    }
    for y in top..<top + target.height {
      guard 0..<height ~= y else {
        border(target.width)
        continue
      }
      border(columns.lowerBound)
      let start = 3 * (y * width + left + columns.lowerBound)
      result.append(contentsOf: pixels[start..<start + 3 * columns.count])
      border(target.width - columns.upperBound)
    }
    return RGBImage(size: target, pixels: result)
  }
}
