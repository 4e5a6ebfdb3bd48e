public import Tensors

/// The places of the largest or smallest elements along one axis, in order.
///
/// Operand: x, numbers or truth values. Result: int64, of x's extents with `count` on `axis`. Of equal elements the
/// earlier one comes first; what is not a number is larger than all. Source: ONNX TopK-11, ArgMax-13, ArgMin-13.
public struct TopIndices: Operator {
  public static let identifier = "topIndices"
  public let axis: Int
  public let count: Int
  public let isLargest: Bool

  public init(axis: Int, count: Int, isLargest: Bool = true) {
    self.axis = axis
    self.count = count
    self.isLargest = isLargest
  }
  public init(attributes: Attributes) throws(TypeError) {
    axis = try attributes.integer("axis", of: TopIndices.identifier)
    count = try attributes.integer("count", of: TopIndices.identifier)
    isLargest = try attributes.flag("largest", of: TopIndices.identifier)
  }
  public var attributes: Attributes {
    Attributes(["axis": .integer(axis), "count": .integer(count), "largest": .integer(isLargest ? 1 : 0)])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireAxis(axis, of: operands[0])
    guard count >= 0, (operands[0].dimensions[axis] - Dimension(count)).isKnownNonNegative else {
      throw .attribute(
        op: identifier, name: "count", expected: "from 0 to \(operands[0].dimensions[axis])", found: "\(count)")
    }
    var dimensions = operands[0].dimensions
    dimensions[axis] = Dimension(count)
    return [TensorType(.int64, dimensions)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let x = operands[0]
    guard let scalar = x.type.integerScalar else {
      order(
        x.shape, results[0], element: { x.number(at: $0) },
        precedes: { a, b in isLargest ? (a.isNaN ? !b.isNaN : a > b) : (b.isNaN ? !a.isNaN : a < b) })
      return
    }
    func open<Scalar: FixedWidthInteger & TensorScalar>(_: Scalar.Type) {
      order(
        x.shape, results[0], element: { x.scalar(at: $0, as: Scalar.self) },
        precedes: { a, b in isLargest ? a > b : a < b })
    }
    open(scalar)
  }

  private func order<Number>(
    _ shape: Shape, _ result: MutableTensorView, element: (Int) -> Number, precedes: (Number, Number) -> Bool
  ) {
    let (extent, inner) = (shape[axis], shape.count(axis + 1..<shape.rank))
    for row in 0..<shape.count(0..<axis) * inner {
      let numbers = (0..<extent).map { element((row / inner * extent + $0) * inner + row % inner) }
      let best = numbers.indices.sorted { a, b in
        precedes(numbers[a], numbers[b]) || (a < b && !precedes(numbers[b], numbers[a]))
      }
      for (place, index) in best.prefix(count).enumerated() {
        result.store(index, at: (row / inner * count + place) * inner + row % inner)
      }
    }
  }
}
