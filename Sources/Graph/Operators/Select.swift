public import Tensors

/// One of two elements, element by element, with broadcasting.
///
/// Operands: a condition of truth values; a, b of one element type; their axes align from the last, and an extent of 1
/// is repeated. Result: a where the condition holds, b elsewhere, of the broadcast shape. Source: ONNX Where-16.
public struct Select: Operator {
  public static let identifier = "select"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 3...3)
    try requireSame(operands[0], .bool, "condition")
    try requireSame(operands[2], operands[1].element, "b")
    return [TensorType(operands[1].element, try requireJoint(operands, ["condition", "a", "b"]))]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let indices = operands.map { BroadcastIndex($0.shape, in: results[0].shape) }
    for position in 0..<results[0].shape.elementCount {
      let holds = operands[0].scalar(at: indices[0].position(position), as: UInt8.self) != 0
      let chosen = holds ? 1 : 2
      results[0].copy(operands[chosen], from: indices[chosen].position(position), to: position)
    }
  }
}
