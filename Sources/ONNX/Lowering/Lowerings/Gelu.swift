import Graph

extension Lowering {
  /// Gelu in its exact or its tanh form. https://onnx.ai/onnx/operators/onnx__Gelu.html
  static let gelu = Lowering("Gelu", since: 20) { (node) throws(LoweringError) in
    switch try node.string("approximate", default: "none") {
    case "none": return [try node.apply(GELU(.exact), node.operand(0))]
    case "tanh": return [try node.apply(GELU(.tanh), node.operand(0))]
    case let other:
      throw .attribute(node.reference, name: "approximate", expected: "none or tanh", found: other)
    }
  }

  /// ONNX Runtime's own, the exact form, which its optimiser writes.
  static let geluOfMicrosoft = Lowering("Gelu", domain: "com.microsoft", since: 1, through: 1) {
    (node) throws(LoweringError) in
    [try node.apply(GELU(.exact), node.operand(0))]
  }
}
