import Graph

extension Lowering {
  /// Transpose; without `perm` the axes are reversed. https://onnx.ai/onnx/operators/onnx__Transpose.html
  static let transpose = Lowering("Transpose", since: 1) { (node) throws(LoweringError) in
    let rank = node.type(try node.operand(0)).rank
    let permutation = try node.ints("perm") ?? (0..<rank).reversed()
    if let integers = try node.integers(0), rank < 2, permutation == Array(0..<rank) {
      return [.integers(integers)]
    }
    return [try node.apply(Transpose(permutation), node.operand(0))]
  }
}
