extension Lowering {
  /// https://onnx.ai/onnx/operators/onnx__Identity.html
  static let identity = Lowering("Identity", since: 1) { (node) throws(LoweringError) in [try node.operand(0)]
  }

  /// Dropout, which does nothing at inference. https://onnx.ai/onnx/operators/onnx__Dropout.html
  static let dropout = Lowering("Dropout", since: 7, through: 11) { (node) throws(LoweringError) in
    node.ignore("ratio")
    return [try node.operand(0)]
  }

  /// Dropout with its ratio and mode as operands, from version 12 on. The mode must not be training.
  static let dropoutWithMode = Lowering("Dropout", since: 12) { (node) throws(LoweringError) in
    node.ignore("seed")
    _ = node.optional(1)
    if node.optional(2) != nil {
      guard try node.constantIntegers(2) == [0] else {
        throw .operand(node.reference, index: 2, expected: "a training mode of false", found: "true")
      }
    }
    return [try node.operand(0)]
  }
}
