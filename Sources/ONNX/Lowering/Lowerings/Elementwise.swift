import Graph

// Functions of one number. https://onnx.ai/onnx/operators/onnx__Erf.html and the like.

extension Lowering {
  static let erf = elementwise("Erf", since: 9, .erf)
  static let exp = elementwise("Exp", since: 6, .exp)
  static let relu = elementwise("Relu", since: 6, .relu)
  static let sigmoid = elementwise("Sigmoid", since: 6, .sigmoid)
  static let sqrt = elementwise("Sqrt", since: 6, .sqrt)
  static let tanh = elementwise("Tanh", since: 6, .tanh)

  private static func elementwise(_ op: String, since: Int, _ function: Unary.Function) -> Lowering {
    Lowering(op, since: since) { (node) throws(LoweringError) in
      [try node.apply(Unary(function), node.operand(0))]
    }
  }
}
