#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a resized pixel is made from those around it. Names are timm's, meanings Pillow's.
public enum ResamplingFilter: String, Codable, CaseIterable, Hashable, Sendable {
  case nearest, lanczos, bilinear, bicubic, box, hamming

  /// Pillow's number for this filter, which transformers writes as `resample`.
  public var pillowCode: Int {
    switch self {
    case .nearest: 0
    case .lanczos: 1
    case .bilinear: 2
    case .bicubic: 3
    case .box: 4
    case .hamming: 5
    }
  }

  public init?(pillowCode: Int) {
    guard let filter = Self.allCases.first(where: { $0.pillowCode == pillowCode }) else { return nil }
    self = filter
  }

  /// The distance, in source pixels at scale 1, from which the weight is zero.
  var support: Double {
    switch self {
    case .nearest, .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The weight, before normalising, of a pixel at this distance. Expressions are in Pillow's order of
  /// operations, since their rounding decides bytes.
  func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .nearest, .box:
      return distance > -0.5 && distance <= 0.5 ? 1 : 0
    case .bilinear:
      return x < 1 ? 1 - x : 0
    case .hamming:
      if x == 0 { return 1 }
      if x >= 1 { return 0 }
      let angle = x * .pi
      return sin(angle) / angle * (0.54 + 0.46 * cos(angle))
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    case .lanczos:
      return distance >= -3 && distance < 3 ? sinc(distance) * sinc(distance / 3) : 0
    }
  }
}

private func sinc(_ x: Double) -> Double {
  if x == 0 { return 1 }
  let angle = x * .pi
  return sin(angle) / angle
}
