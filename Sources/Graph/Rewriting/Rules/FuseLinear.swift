import Tensors

extension RewriteRule {
  /// `x · w` with a constant matrix becomes a linear with `wᵀ`, which stays a recipe.
  ///
  /// Anchored on the product of matrices: weights are all that it multiplies beside attention.
  package static let fuseLinear = RewriteRule("fuse-linear", anchor: MatMul.self) {
    (node, _, graph) throws(TypeError) in
    guard let weight = graph.constant(for: node.operands[1]), weight.shape.rank == 2 else { return nil }
    var patch = Patch("fuse-linear", of: graph)
    let transposed = patch.addDerived(weight.content.transposed([1, 0]), from: weight, "transposed")
    try patch.replace(node.result, with: patch.add(Linear(), node.operands[0], transposed, name: node.name))
    return patch
  }

  /// `linear(x, w) + b` with a constant vector becomes `linear(x, w, b)`.
  ///
  /// Anchored on the sum, because the linear may have other readers.
  package static let fuseBias = RewriteRule("fuse-bias", anchor: Binary.self) {
    (node, binary, graph) throws(TypeError) in
    guard binary.function == .add else { return nil }
    for side in 0..<2 {
      let product = node.operands[side]
      guard let (linear, _) = graph.producer(of: product, as: Linear.self), linear.operands.count == 2,
        graph.onlyUser(of: product, as: Binary.self) != nil,
        let width = graph.type(of: product).dimensions.last
      else { continue }
      var patch = Patch("fuse-bias", of: graph)
      guard let bias = patch.vector(node.operands[1 - side], count: width, in: graph) else { continue }
      let fused = try patch.add(Linear(), linear.operands[0], linear.operands[1], bias, name: linear.name)
      try patch.replace(node.result, with: fused)
      return patch
    }
    return nil
  }
}
