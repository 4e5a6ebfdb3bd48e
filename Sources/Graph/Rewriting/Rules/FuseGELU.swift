extension RewriteRule {
  /// `½ · x · (1 + erf(x / √2))`, multiplied in any order, becomes `gelu(x)`.
  ///
  /// Anchored on erf, which nothing else has.
  package static let fuseExactGELU = RewriteRule("fuse-exact-gelu", anchor: Unary.self) {
    (node, unary, graph) throws(TypeError) in
    let root = 2.0.squareRoot()
    guard unary.function == .erf else { return nil }
    let x: ValueID
    if let (operand, divisor) = graph.withScalar(node.operands[0], .divide), divisor.isNear(root) {
      x = operand
    } else if let (operand, factor) = graph.withScalar(node.operands[0], .multiply), factor.isNear(1 / root) {
      x = operand
    } else {
      return nil
    }
    return try graph.replacingGate(around: node, x, with: .exact)
  }

  /// `½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`, multiplied in any order, becomes `gelu(x)` in its
  /// tanh form.
  ///
  /// Anchored on tanh, which hardly anything else has.
  package static let fuseTanhGELU = RewriteRule("fuse-tanh-gelu", anchor: Unary.self) {
    (node, unary, graph) throws(TypeError) in
    guard unary.function == .tanh, let (sum, factor) = graph.withScalar(node.operands[0], .multiply),
      factor.isNear((2 / Double.pi).squareRoot()),
      let (adding, add) = graph.producer(of: sum, as: Binary.self),
      add.function == .add
    else { return nil }
    for x in adding.operands {
      guard let cube = graph.other(than: x, in: adding),
        graph.factors(of: cube, leaves: [x]).isEqual(0.044715, [x, x, x])
      else { continue }
      return try graph.replacingGate(around: node, x, with: .tanh)
    }
    return nil
  }

  /// `x · sigmoid(1.702 · x)` becomes `gelu(x)` in its quick form.
  ///
  /// Anchored on sigmoid, which only gates have.
  package static let fuseQuickGELU = RewriteRule("fuse-quick-gelu", anchor: Unary.self) {
    (node, unary, graph) throws(TypeError) in
    guard unary.function == .sigmoid, let (x, factor) = graph.withScalar(node.operands[0], .multiply),
      factor.isNear(1.702), let product = graph.product(1, of: [x, node.result], from: node.result)
    else { return nil }
    var patch = Patch("fuse-quick-gelu", of: graph)
    try patch.replace(product, with: patch.add(GELU(.quick), x, name: node.name))
    return patch
  }
}

extension Graph {
  /// Replaces `½ · x · (1 + f)`, f being the node's result, by a GELU of x.
  fileprivate func replacingGate(around node: Node, _ x: ValueID, with form: GELU.Form) throws(TypeError)
    -> Patch?
  {
    guard let (adding, add) = onlyUser(of: node.result, as: Binary.self), add.function == .add,
      let (_, one) = withScalar(adding.result, .add), one == 1,
      let product = product(0.5, of: [x, adding.result], from: adding.result)
    else { return nil }
    var patch = Patch("fuse-gelu", of: self)
    try patch.replace(product, with: patch.add(GELU(form), x, name: node.name))
    return patch
  }
}
