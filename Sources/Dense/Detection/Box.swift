#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A box in single precision: left, top, right, bottom.
///
/// Detectors choose boxes by comparing numbers, so every step here rounds as torch does.
public struct Box: Hashable, Sendable {
  public var left: Float
  public var top: Float
  public var right: Float
  public var bottom: Float

  public init(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  public var width: Float { right - left }
  public var height: Float { bottom - top }

  /// The pixels of an image nearest to the box's ends, 0 for an end that is no number.
  public func pixels(height: Int, width: Int) -> (rows: ClosedRange<Int>, columns: ClosedRange<Int>) {
    func nearest(_ low: Float, _ high: Float, _ count: Int) -> ClosedRange<Int> {
      func bounded(_ value: Float) -> Int { value.isNaN ? 0 : Int(min(max(value, 0), Float(max(count, 1) - 1))) }
      return bounded(low)...max(bounded(low), bounded(high))
    }
    return (nearest(top, bottom, height), nearest(left, right, width))
  }

  /// Horizontal and vertical ends times a factor each.
  public func scaled(by factors: (width: Float, height: Float)) -> Box {
    Box(left * factors.width, top * factors.height, right * factors.width, bottom * factors.height)
  }

  /// Divided, which rounds otherwise than a product with the reciprocal.
  public func divided(by factors: (width: Float, height: Float)) -> Box {
    Box(left / factors.width, top / factors.height, right / factors.width, bottom / factors.height)
  }

  func moved(by offset: Float) -> Box { Box(left + offset, top + offset, right + offset, bottom + offset) }

  func overlap(with other: Box) -> Float {
    let width = max(min(right, other.right) - max(left, other.left), 0)
    let height = max(min(bottom, other.bottom) - max(top, other.top), 0)
    let common = width * height
    return common / (self.width * self.height + other.width * other.height - common)
  }

  /// The map that a region is looked at on: the next coarser one each time its side doubles, from 112 pixels on.
  ///
  /// Source: mmdet.models.SingleRoIExtractor.
  public func level(of count: Int) -> Int {
    let side = (width * height).squareRoot()
    let level = floorf(log2f(side / 56 + 1e-6))
    return Int(min(max(level.isNaN ? 0 : level, 0), Float(count - 1)))
  }
}

/// Differences of boxes from others, as networks give them.
///
/// Source: mmdet.core.bbox.coder.DeltaXYWHBBoxCoder.
public struct BoxCoder: Hashable, Sendable {
  private let means: [Float]
  private let deviations: [Float]

  /// Four numbers each.
  public init(means: [Double], deviations: [Double]) {
    self.means = means.map { Float($0) }
    self.deviations = deviations.map { Float($0) }
  }

  /// Sides are at most 62.5 times those of the other box.
  private static let largest = Float(abs(log(16.0 / 1000)))

  /// The box that differs so from `base`, cut at the image's edges.
  public func decode(
    _ deltas: (Float, Float, Float, Float), from base: Box, height: Float, width: Float
  ) -> Box {
    let x = deltas.0 * deviations[0] + means[0]
    let y = deltas.1 * deviations[1] + means[1]
    let w = min(max(deltas.2 * deviations[2] + means[2], -Self.largest), Self.largest)
    let h = min(max(deltas.3 * deviations[3] + means[3], -Self.largest), Self.largest)
    let center = ((base.left + base.right) * 0.5 + base.width * x, (base.top + base.bottom) * 0.5 + base.height * y)
    let half = (base.width * expf(w) * 0.5, base.height * expf(h) * 0.5)
    func cut(_ value: Float, _ limit: Float) -> Float { min(max(value, 0), limit) }
    return Box(
      cut(center.0 - half.0, width), cut(center.1 - half.1, height), cut(center.0 + half.0, width),
      cut(center.1 + half.1, height))
  }
}
