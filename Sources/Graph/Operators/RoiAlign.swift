public import Tensors

/// Samples regions of maps to one size: every region is cut into bins, every bin sampled at a grid of places between
/// the map's elements, and its samples are averaged, or their largest part taken.
///
/// Operands: x `[N, c, h, w]`, regions `[R, 4]` with left, top, right and bottom end in pixels of an image that is
/// the map magnified by 1/`scale`, images `[R]`, integers: the map that each region lies in. Result:
/// `[R, c, height, width]`; zeros for a region of no map.
///
/// A sample up to one position beyond the map is that of the map's edge; farther ones are zero.
/// Source: He et al. 2017, arXiv:1703.06870; ONNX RoiAlign-16; mmcv.ops.RoIAlign, whose `aligned` is
/// `isCentered`.
public struct RoiAlign: Operator {
  public static let identifier = "roiAlign"
  public enum Function: String, CaseIterable, Sendable {
    case average
    /// The largest of the weighted elements that the samples are made of, each for itself, as the standard has it.
    case max
  }

  public let function: Function
  public let height: Int
  public let width: Int
  /// Samples along each axis of a bin; 0 for as many as a bin has positions, rounded up.
  public let samples: Int
  public let scale: Double
  /// Whether an element of the map stands in the centre of its pixels; regions may then be of any size. Otherwise it
  /// stands at their corner, and regions are at least one position large.
  public let isCentered: Bool

  public init(
    _ function: Function = .average, height: Int, width: Int, samples: Int = 0, scale: Double = 1,
    isCentered: Bool = true
  ) {
    self.function = function
    self.height = height
    self.width = width
    self.samples = samples
    self.scale = scale
    self.isCentered = isCentered
  }
  public init(attributes: Attributes) throws(TypeError) {
    function = try attributes.choice("function", of: RoiAlign.identifier)
    let size = try attributes.integers("size", of: RoiAlign.identifier)
    guard size.count == 2 else {
      throw .attribute(op: RoiAlign.identifier, name: "size", expected: "two integers", found: "\(size)")
    }
    (height, width) = (size[0], size[1])
    samples = try attributes.integer("samples", of: RoiAlign.identifier)
    scale = try attributes.number("scale", of: RoiAlign.identifier)
    isCentered = try attributes.flag("centered", of: RoiAlign.identifier)
  }
  public var attributes: Attributes {
    Attributes([
      "function": .text(function.rawValue), "size": .integers([height, width]), "samples": .integer(samples),
      "scale": .number(scale), "centered": .integer(isCentered ? 1 : 0),
    ])
  }

  /// Larger results and finer grids are refused: a sample is a step of a loop.
  private static let limit = 1 << 12

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 3...3)
    let (x, regions, images) = (operands[0], operands[1], operands[2])
    try requireFloat(x, "x")
    try requireRank(x, 4, "x")
    try requireRank(regions, 2, "regions")
    try requireType(regions, TensorType(x.element, [regions.dimensions[0], 4]), "regions")
    guard images.element == .int64 || images.element == .int32 else {
      throw .elementType(op: identifier, operand: "images", expected: "integers", found: images)
    }
    try requireType(images, TensorType(images.element, [regions.dimensions[0]]), "images")
    let sizes = 1...RoiAlign.limit
    guard sizes.contains(height), sizes.contains(width) else {
      throw .attribute(
        op: identifier, name: "size", expected: "two integers from 1 to \(RoiAlign.limit)",
        found: "\([height, width])")
    }
    guard (0...RoiAlign.limit).contains(samples) else {
      throw .attribute(
        op: identifier, name: "samples", expected: "0 to \(RoiAlign.limit)", found: "\(samples)")
    }
    guard scale.isFinite, scale > 0 else {
      throw .attribute(op: identifier, name: "scale", expected: "a positive number", found: "\(scale)")
    }
    return [
      TensorType(x.element, [regions.dimensions[0], x.dimensions[1], Dimension(height), Dimension(width)])
    ]
  }

  /// How an axis of a region is sampled.
  public struct Axis: Sendable {
    /// The first end of the region, and the length of a bin, in positions of the map.
    public let start: Double
    public let bin: Double
    /// Samples of a bin.
    public let samples: Double

    /// The elements that a sample at a place lies between, and the weight of the second one; nil beyond the map.
    public static func neighbours(of place: Double, length: Int) -> (first: Int, second: Int, weight: Double)? {
      guard place >= -1, place <= Double(length), length > 0 else { return nil }
      let inside = max(place, 0)
      let first = Int(inside)
      return first >= length - 1 ? (length - 1, length - 1, 0) : (first, first + 1, inside - Double(first))
    }

    /// The samples of a bin that may lie on a map of `length`: those that come before and after are beyond it.
    public func candidates(bin index: Int, length: Int) -> Range<Int> {
      guard samples >= 1, start.isFinite, bin.isFinite else { return 0..<0 }
      let (first, step) = (start + Double(index) * bin, bin / samples)
      // A region may also be turned round, or have no length.
      guard step != 0 else { return 0..<Int(min(samples, Double(Self.limit))) }
      let ends = [(-1 - first) / step - 0.5, (Double(length) - first) / step - 0.5].sorted()
      let low = min(max(ends[0].rounded(.down) - 1, 0), samples)
      let high = min(max(ends[1].rounded(.up) + 2, low), samples)
      guard high <= 0x1p53, high - low <= Double(Self.limit) else { return 0..<0 }
      return Int(low)..<Int(high)
    }

    private static let limit = 1 << 24

    public func place(bin index: Int, sample: Int) -> Double {
      start + Double(index) * bin + (Double(sample) + 0.5) * bin / samples
    }
  }

  /// How a region is sampled from one end to the other, in `bins` bins. Computed in single precision, as other
  /// runtimes do: how many samples a bin has shows only there.
  public func axis(from first: Float, to last: Float, bins: Int) -> Axis {
    let offset: Float = isCentered ? 0.5 : 0
    let start = first * Float(scale) - offset
    var length = last * Float(scale) - offset - start
    if !isCentered { length = max(length, 1) }
    let bin = length / Float(bins)
    let count = samples > 0 ? Float(samples) : bin.rounded(.up)
    return Axis(start: Double(start), bin: Double(bin), samples: count.isFinite ? Double(max(count, 0)) : 0)
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, regions, images) = (operands[0], operands[1], operands[2])
    let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let each = height * width
    for region in 0..<regions.shape[0] {
      let ends = (0..<4).map { Float(regions.number(at: region * 4 + $0)) }
      let columns = axis(from: ends[0], to: ends[2], bins: width)
      let rows = axis(from: ends[1], to: ends[3], bins: height)
      let image = images.integer(at: region)
      for channel in 0..<c {
        for bin in 0..<each {
          let target = (region * c + channel) * each + bin
          guard (0..<n).contains(image) else {
            results[0].store(0.0, at: target)
            continue
          }
          let plane = (image * c + channel) * h * w
          results[0].store(value(x, plane, (h, w), rows, columns, (bin / width, bin % width)), at: target)
        }
      }
    }
  }

  /// One bin of one plane.
  private func value(
    _ x: TensorView, _ plane: Int, _ map: (h: Int, w: Int), _ rows: Axis, _ columns: Axis,
    _ bin: (row: Int, column: Int)
  ) -> Double {
    let (down, right) = (
      rows.candidates(bin: bin.row, length: map.h), columns.candidates(bin: bin.column, length: map.w)
    )
    let count = max(rows.samples, 0) * max(columns.samples, 0)
    var (sum, largest) = (0.0, -Double.infinity)
    var inside = 0.0
    for row in down {
      guard let y = Axis.neighbours(of: rows.place(bin: bin.row, sample: row), length: map.h) else { continue }
      for column in right {
        guard let z = Axis.neighbours(of: columns.place(bin: bin.column, sample: column), length: map.w) else {
          continue
        }
        inside += 1
        let parts = [
          (1 - y.weight) * (1 - z.weight) * x.number(at: plane + y.first * map.w + z.first),
          (1 - y.weight) * z.weight * x.number(at: plane + y.first * map.w + z.second),
          y.weight * (1 - z.weight) * x.number(at: plane + y.second * map.w + z.first),
          y.weight * z.weight * x.number(at: plane + y.second * map.w + z.second),
        ]
        sum += parts.reduce(0, +)
        largest = max(largest, parts.max() ?? 0)
      }
    }
    switch function {
    case .average: return sum / max(count, 1)
    // Samples beyond the map are zeros among the others.
    case .max: return inside < count || count < 1 ? max(largest, 0) : largest
    }
  }
}
