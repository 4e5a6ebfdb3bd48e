public import Tensors

/// A function of two numbers, element by element, with broadcasting.
///
/// Operands: a, b of one element type; their axes align from the last, and an extent of 1 is repeated.
/// Result: the broadcast shape. Source: ONNX Add-14, Sub-14, Mul-14, Div-14.
public struct Binary: Operator {
  public static let identifier = "binary"
  public enum Function: String, CaseIterable, Sendable { case add, subtract, multiply, divide }
  public let function: Function

  public init(_ function: Function) { self.function = function }
  public init(attributes: Attributes) throws(TypeError) {
    function = try attributes.choice("function", of: Binary.identifier)
  }
  public var attributes: Attributes { Attributes(["function": .text(function.rawValue)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    try requireFloat(operands[0], "a")
    try requireSame(operands[1], operands[0].element, "b")
    let (a, b) = (operands[0].dimensions, operands[1].dimensions)
    let rank = max(a.count, b.count)
    var dimensions: [Dimension] = []
    for axis in 0..<rank {
      let left = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
      let right = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
      guard left == right || left == 1 || right == 1 else {
        throw .extent(
          op: identifier, operand: "b", axis: axis - (rank - b.count), expected: "\(left) or 1", found: operands[1])
      }
      dimensions.append(left == 1 ? right : left)
    }
    return [TensorType(operands[0].element, dimensions)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let left = BroadcastIndex(operands[0].shape, in: results[0].shape)
    let right = BroadcastIndex(operands[1].shape, in: results[0].shape)
    for position in 0..<results[0].shape.elementCount {
      let a = operands[0].number(at: left.position(position))
      let b = operands[1].number(at: right.position(position))
      let value =
        switch function {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        }
      results[0].store(value, at: position)
    }
  }
}
