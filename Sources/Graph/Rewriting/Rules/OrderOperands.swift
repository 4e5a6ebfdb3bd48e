extension RewriteRule {
  /// `a + b` and `a · b` stand in one order: constants second; of two values of which one is computed from
  /// the other, the earlier one first, so that a residual stream comes before what a block adds to it.
  package static let orderOperands = RewriteRule("order-operands", anchor: Binary.self) {
    (node, binary, graph) throws(TypeError) in
    guard binary.function == .add || binary.function == .multiply, node.operands[0] != node.operands[1] else {
      return nil
    }
    let (a, b) = (node.operands[0], node.operands[1])
    let constants = (a: graph.constant(for: a) != nil, b: graph.constant(for: b) != nil)
    guard !constants.b, constants.a || graph.depends(a, on: b) else { return nil }
    var patch = Patch("order-operands", of: graph)
    try patch.replace(node.result, with: patch.add(binary, b, a, name: node.name))
    return patch
  }
}
