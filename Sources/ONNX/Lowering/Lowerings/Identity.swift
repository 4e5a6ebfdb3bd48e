import Graph
import Tensors

extension Lowering {
  /// https://onnx.ai/onnx/operators/onnx__Identity.html
  static let identity = Lowering("Identity", since: 1) { (node) throws(LoweringError) in [try node.operand(0)]
  }

  /// What is no tensor is refused when the file is read. https://onnx.ai/onnx/operators/onnx__OptionalGetElement.html
  static let optionalGetElement = Lowering("OptionalGetElement", since: 18) { (node) throws(LoweringError) in
    [try node.operand(0)]
  }

  /// Whether there is an operand. https://onnx.ai/onnx/operators/onnx__OptionalHasElement.html
  static let optionalHasElement = Lowering("OptionalHasElement", since: 18) { (node) throws(LoweringError) in
    [node.constant(node.optional(0) == nil ? 0 : 1, .bool, "present")]
  }

  /// Dropout, which does nothing at inference. https://onnx.ai/onnx/operators/onnx__Dropout.html
  static let dropout = Lowering("Dropout", since: 7, through: 11) { (node) throws(LoweringError) in
    node.ignore("ratio")
    return try node.untouched()
  }

  /// Dropout with its ratio and mode as operands, from version 12 on. In training mode the ratio must be 0.
  static let dropoutWithMode = Lowering("Dropout", since: 12) { (node) throws(LoweringError) in
    node.ignore("seed")
    let ratio = node.optional(1) == nil ? 0.5 : try node.number(1)
    if node.optional(2) != nil, ratio != 0 {
      guard try node.constantIntegers(2) == [0] else {
        throw .operand(node.reference, index: 2, expected: "a training mode of false", found: "true")
      }
    }
    return try node.untouched()
  }
}

extension NodeReader {
  /// The operand, and a mask that keeps all of it where one is asked for.
  fileprivate func untouched() throws(LoweringError) -> [Imported] {
    let x = try operand(0)
    guard node.outputs.dropFirst().contains(where: { !$0.isEmpty }) else { return [x] }
    return [x, try apply(Broadcast(type(x).dimensions), constant(1, .bool, "mask"))]
  }
}
