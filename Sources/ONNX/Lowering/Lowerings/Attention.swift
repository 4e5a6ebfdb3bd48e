import Graph

extension Lowering {
  /// Attention without mask, cache or cap. https://onnx.ai/onnx/operators/onnx__Attention.html
  static let attention = Lowering("Attention", since: 23) { (node) throws(LoweringError) in
    let parts = [try node.operand(0), try node.operand(1), try node.operand(2)]
    try node.require("is_causal", 0, default: 0)
    try node.require("qk_matmul_output_mode", 0, default: 0)
    if let cap = try node.float("softcap"), cap != 0 {
      throw .attribute(node.reference, name: "softcap", expected: "0.0", found: "\(cap)")
    }
    // Sums are never narrower than the operands here.
    node.ignore("softmax_precision")
    let type = node.type(parts[0])
    let stated = try node.int("q_num_heads")
    guard type.rank == 4 || (type.rank == 3 && stated != nil) else {
      throw .operand(
        node.reference, index: 0, expected: "[N, h, l, d], or [N, l, h·d] with q_num_heads stated",
        found: "\(type)")
    }
    guard let heads = type.rank == 4 ? type.dimensions[1].constant : stated, heads > 0,
      let d = (type.rank == 4 ? type.dimensions[3] : type.dimensions[2].dividedExactly(by: Dimension(heads)))?
        .constant,
      d > 0
    else {
      throw .operand(
        node.reference, index: 0, expected: "known numbers of heads and channels", found: "\(type)")
    }
    if let own = stated, own != heads {
      throw .attribute(node.reference, name: "q_num_heads", expected: "\(heads)", found: "\(own)")
    }
    try node.require("kv_num_heads", heads, default: heads)
    let scale = try node.float("scale").map { Double(writtenAs: $0) } ?? 1 / Double(d).squareRoot()
    let attention = Attention(heads: heads, scale: scale)
    if type.rank == 3 { return [try node.apply(attention, to: parts)] }
    var merged: [Imported] = []
    for part in parts { merged.append(try node.merged(part)) }
    let result = try node.apply(attention, to: merged)
    let split = [type.dimensions[0], type.dimensions[2], Dimension(heads), Dimension(d)]
    return [try node.apply(Transpose([0, 2, 1, 3]), node.reshape(result, split))]
  }
}

extension NodeReader {
  /// `[N, h, l, d]` as `[N, l, h·d]`.
  fileprivate func merged(_ part: Imported) throws(LoweringError) -> Imported {
    guard type(part).rank == 4 else {
      throw .operand(reference, index: 1, expected: "[N, h, l, d]", found: "\(type(part))")
    }
    let apart = try apply(Transpose([0, 2, 1, 3]), part)
    let dimensions = type(apart).dimensions
    return try reshape(apart, [dimensions[0], dimensions[1], dimensions[2] * dimensions[3]])
  }
}
