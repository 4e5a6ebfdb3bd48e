public import Tensors

/// Reads a map at places that a grid gives, between its elements and beyond its ends.
///
/// Operands: x `[N, c, …]` with one to three spatial axes, grid `[N, …, r]`, whose last axis holds a place in x for
/// each spatial axis, the last axis' first, -1 being one end of the axis and 1 the other. Result: `[N, c, …]` with
/// the grid's extents. Source: ONNX GridSample-20; torch.nn.functional.grid_sample, Jaderberg et al. 2015,
/// arXiv:1506.02025.
public struct GridSample: Operator {
  public static let identifier = "gridSample"
  public enum Padding: String, CaseIterable, Sendable {
    /// Elements beyond the ends are zero.
    case zeros
    /// Elements beyond an end are the last one there.
    case border
    /// The map goes on mirrored at its ends.
    case reflection
  }

  public let filter: Sampling.Filter
  public let padding: Padding
  /// Whether -1 and 1 are the centres of an axis' first and last element instead of their outer edges.
  public let alignsCorners: Bool

  public init(_ filter: Sampling.Filter, padding: Padding = .zeros, alignsCorners: Bool = false) {
    self.filter = filter
    self.padding = padding
    self.alignsCorners = alignsCorners
  }
  public init(attributes: Attributes) throws(TypeError) {
    filter = try attributes.choice("filter", of: GridSample.identifier)
    padding = try attributes.choice("padding", of: GridSample.identifier)
    alignsCorners = try attributes.flag("alignsCorners", of: GridSample.identifier)
  }
  public var attributes: Attributes {
    Attributes([
      "filter": .text(filter.rawValue), "padding": .text(padding.rawValue),
      "alignsCorners": .integer(alignsCorners ? 1 : 0),
    ])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    let (x, grid) = (operands[0], operands[1])
    try requireFloat(x, "x")
    try requireFloat(grid, "grid")
    guard Windows.ranks.contains(x.rank - 2) else {
      throw .rank(op: identifier, operand: "x", expected: "3 to 5", found: x)
    }
    try requireRank(grid, x.rank, "grid")
    try requireExtent(grid, 0, x.dimensions[0], "grid")
    try requireExtent(grid, grid.rank - 1, Dimension(x.rank - 2), "grid")
    return [TensorType(x.element, Array(x.dimensions[..<2]) + grid.dimensions[1..<grid.rank - 1])]
  }

  /// Elements of an axis that make one of the result.
  public var taps: Int {
    switch filter {
    case .nearest: 1
    case .linear: 2
    case .cubic: 4
    }
  }

  /// An element of an axis and its weight; nil for one that is zero.
  public struct Tap: Sendable {
    public let index: Int?
    public let weight: Double
  }

  /// What the result is made of along an axis of `length` elements at a place of the grid.
  ///
  /// `place` is the grid's number as it stands. The place on the axis is computed in single precision, as other
  /// runtimes do: which of two elements is nearer, and whether a place lies beyond the end, shows only there.
  public func taps(at place: Float, length: Int) -> [Tap] {
    var x = alignsCorners ? (place + 1) / 2 * Float(length - 1) : ((place + 1) * Float(length) - 1) / 2
    // Far from the axis all places are alike; the bounds keep them countable. No number lies before the axis.
    x = x.isNaN ? -Self.farthest : min(max(x, -Self.farthest), Self.farthest)
    if filter == .nearest { x.round(.toNearestOrEven) }
    var position = Double(x)
    let ends = ends(length)
    if position < ends.first || position > ends.last {
      switch padding {
      case .zeros: break
      case .border: position = min(max(position, 0), Double(length - 1))
      case .reflection: position = reflected(position, ends)
      }
    }
    let first = position.rounded(.down)
    let ratio = position - first
    let weights: [Double] =
      switch filter {
      case .nearest: [1]
      case .linear: [1 - ratio, ratio]
      case .cubic: [ratio + 1, ratio, 1 - ratio, 2 - ratio].map(cubicWeight)
      }
    let lead = filter == .cubic ? Int(first) - 1 : Int(filter == .nearest ? position : first)
    return weights.enumerated().map { Tap(index: element(lead + $0, length, ends), weight: $1) }
  }

  private static let farthest: Float = 0x1p24

  private func ends(_ length: Int) -> (first: Double, last: Double) {
    alignsCorners ? (0, Double(length - 1)) : (-0.5, Double(length) - 0.5)
  }

  private func element(_ index: Int, _ length: Int, _ ends: (first: Double, last: Double)) -> Int? {
    switch padding {
    case .zeros: (0..<length).contains(index) ? index : nil
    case .border: min(max(index, 0), length - 1)
    case .reflection: min(max(Int(reflected(Double(index), ends)), 0), length - 1)
    }
  }

  /// The place within the ends that a place beyond them is the mirror image of.
  private func reflected(_ x: Double, _ ends: (first: Double, last: Double)) -> Double {
    let range = ends.last - ends.first
    guard range > 0 else { return ends.first }
    guard x < ends.first || x > ends.last else { return x }
    let isBefore = x < ends.first
    let distance = isBefore ? ends.first - x : x - ends.last
    let turns = (distance / range).rounded(.down)
    let rest = distance - turns * range
    return (turns.truncatingRemainder(dividingBy: 2) == 0) == isBefore ? ends.first + rest : ends.last - rest
  }

  /// Keys' cubic (1981, doi:10.1109/TASSP.1981.1163711) with a coefficient of -3/4.
  private func cubicWeight(_ distance: Double) -> Double {
    let a = -0.75
    let x = abs(distance)
    return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, grid) = (operands[0], operands[1])
    let map = Array(x.shape.extents[2...])
    let (channels, plane) = (x.shape[1], map.reduce(1, *))
    let places = grid.shape.count(1..<grid.shape.rank - 1)
    for place in 0..<x.shape[0] * places {
      // Elements of a plane and their weights: the product of those of the axes.
      var elements: [(element: Int?, weight: Double)] = [(0, 1)]
      for (axis, length) in map.enumerated() {
        let number = Float(grid.number(at: (place + 1) * map.count - 1 - axis))
        let taps = length > 0 ? taps(at: number, length: length) : []
        elements = elements.flatMap { element, weight in
          taps.map { tap in
            let next = element.flatMap { element in tap.index.map { element * length + $0 } }
            return (next, weight * tap.weight)
          }
        }
      }
      let (image, position) = (place / places, place % places)
      for channel in 0..<channels {
        let first = (image * channels + channel) * plane
        let sum = elements.reduce(0) { sum, tap in
          sum + (tap.element.map { tap.weight * x.number(at: first + $0) } ?? 0)
        }
        results[0].store(sum, at: (image * channels + channel) * places + position)
      }
    }
  }
}
