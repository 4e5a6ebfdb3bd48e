public import Tensors

/// Sums or products of all elements up to each, along one axis.
///
/// Operand: x. Result: of x's type; integers wrap around. Source: ONNX CumSum-14, CumProd-26.
public struct Cumulate: Operator {
  public static let identifier = "cumulate"
  public enum Function: String, CaseIterable, Sendable { case sum, product }
  public let function: Function
  public let axis: Int
  /// Whether an element is left out of what stands in its own place.
  public let isExclusive: Bool
  /// Whether the last element comes first.
  public let isReversed: Bool

  public init(_ function: Function, axis: Int, isExclusive: Bool = false, isReversed: Bool = false) {
    self.function = function
    self.axis = axis
    self.isExclusive = isExclusive
    self.isReversed = isReversed
  }
  public init(attributes: Attributes) throws(TypeError) {
    function = try attributes.choice("function", of: Cumulate.identifier)
    axis = try attributes.integer("axis", of: Cumulate.identifier)
    isExclusive = try attributes.flag("exclusive", of: Cumulate.identifier)
    isReversed = try attributes.flag("reversed", of: Cumulate.identifier)
  }
  public var attributes: Attributes {
    Attributes([
      "function": .text(function.rawValue), "axis": .integer(axis), "exclusive": .integer(isExclusive ? 1 : 0),
      "reversed": .integer(isReversed ? 1 : 0),
    ])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    guard operands[0].element != .bool else {
      throw .elementType(op: identifier, operand: "x", expected: "numbers", found: operands[0])
    }
    try requireAxis(axis, of: operands[0])
    return [operands[0]]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, result) = (operands[0], results[0])
    let binary: Binary.Function = function == .sum ? .add : .multiply
    let start = function == .sum ? 0 : 1
    guard let scalar = x.type.integerScalar else {
      walk(
        x, from: Double(start), element: { x.number(at: $0) }, combine: binary.value,
        store: { result.store($0, at: $1) })
      return
    }
    func open<Scalar: FixedWidthInteger & TensorScalar>(_: Scalar.Type) {
      walk(
        x, from: Scalar(start), element: { x.scalar(at: $0) }, combine: binary.value,
        store: { result.store(scalar: $0, at: $1) })
    }
    open(scalar)
  }

  private func walk<Number>(
    _ x: TensorView, from start: Number, element: (Int) -> Number, combine: (Number, Number) -> Number,
    store: (Number, Int) -> Void
  ) {
    let (extent, inner) = (x.shape[axis], x.shape.count(axis + 1..<x.shape.rank))
    for row in 0..<x.shape.count(0..<axis) * inner {
      var total = start
      for step in 0..<extent {
        let index = isReversed ? extent - 1 - step : step
        let position = (row / inner * extent + index) * inner + row % inner
        let next = combine(total, element(position))
        store(isExclusive ? total : next, position)
        total = next
      }
    }
  }
}
