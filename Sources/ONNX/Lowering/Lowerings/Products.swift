import Graph

extension Lowering {
  /// MatMul of matrices and stacks of them; a vector on the left is a row, one on the right a column.
  /// https://onnx.ai/onnx/operators/onnx__MatMul.html
  static let matMul = Lowering("MatMul", since: 1) { (node) throws(LoweringError) in
    [try node.product(node.operand(0), node.operand(1))]
  }

  /// Gemm: alpha · A · B + beta · C, A and B as they are or transposed.
  /// https://onnx.ai/onnx/operators/onnx__Gemm.html
  static let gemm = Lowering("Gemm", since: 7) { (node) throws(LoweringError) in
    var sides: [Imported] = []
    for (index, name) in ["transA", "transB"].enumerated() {
      let side = try node.operand(index)
      let isTransposed = try node.int(name, default: 0) != 0
      sides.append(isTransposed ? try node.apply(Transpose([1, 0]), side) : side)
    }
    let element = node.type(sides[0]).element
    var result = try node.apply(MatMul(), sides[0], sides[1])
    let alpha = Double(writtenAs: try node.float("alpha") ?? 1)
    if alpha != 1 {
      result = try node.apply(Binary(.multiply), result, node.constant(alpha, element, "alpha"))
    }
    let beta = Double(writtenAs: try node.float("beta") ?? 1)
    guard var summand = node.optional(2) else { return [result] }
    if beta != 1 {
      summand = try node.apply(Binary(.multiply), summand, node.constant(beta, element, "beta"))
    }
    return [try node.apply(Binary(.add), result, summand)]
  }
}

extension NodeReader {
  /// The product of matrices as numpy.matmul defines it.
  func product(_ a: Imported, _ b: Imported) throws(LoweringError) -> Imported {
    let (left, right) = (type(a).dimensions, type(b).dimensions)
    guard left.count == 1 || right.count == 1 else { return try apply(MatMul(), a, b) }
    let row = left.count == 1 ? try reshape(a, [1] + left) : a
    let column = right.count == 1 ? try reshape(b, right + [1]) : b
    let result = try apply(MatMul(), row, column)
    var dimensions = type(result).dimensions
    if right.count == 1 { dimensions.removeLast() }
    if left.count == 1 { dimensions.remove(at: dimensions.count - (right.count == 1 ? 1 : 2)) }
    return try reshape(result, dimensions)
  }
}
