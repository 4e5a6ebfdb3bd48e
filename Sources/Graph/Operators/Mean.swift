public import Tensors

/// The mean along one axis, which disappears.
///
/// Operand: x. Result: x's extents without `axis`. Source: ONNX ReduceMean-18 with keepdims = 0.
public struct Mean: Operator {
  public static let identifier = "mean"
  public let axis: Int

  public init(axis: Int) { self.axis = axis }
  public init(attributes: Attributes) throws(TypeError) {
    axis = try attributes.integer("axis", of: Mean.identifier)
  }
  public var attributes: Attributes { Attributes(["axis": .integer(axis)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireFloat(operands[0], "x")
    try requireAxis(axis, of: operands[0])
    var dimensions = operands[0].dimensions
    dimensions.remove(at: axis)
    return [TensorType(operands[0].element, dimensions)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let shape = operands[0].shape
    let inner = shape.count(axis + 1..<shape.rank)
    for position in 0..<results[0].shape.elementCount {
      let first = position / inner * inner * shape[axis] + position % inner
      let sum = (0..<shape[axis]).reduce(0) { $0 + operands[0].number(at: first + $1 * inner) }
      results[0].store(sum / Double(shape[axis]), at: position)
    }
  }
}
