extension RewriteRule {
  /// `(x - mean) / √(mean((x - mean)²) + ε) · γ + β` over the last axis becomes `layerNorm(x, γ, β)`.
  ///
  /// Anchored on the square root, which hardly anything else takes.
  package static let fuseLayerNorm = RewriteRule("fuse-layer-norm", anchor: Unary.self) {
    (node, unary, graph) throws(TypeError) in
    guard unary.function == .sqrt, let (variance, epsilon) = graph.withScalar(node.operands[0], .add),
      let square = graph.keptMean(variance),
      let (squaring, multiply) = graph.producer(of: square, as: Binary.self),
      multiply.function == .multiply, squaring.operands[0] == squaring.operands[1],
      let (centring, subtract) = graph.producer(of: squaring.operands[0], as: Binary.self),
      subtract.function == .subtract, graph.keptMean(centring.operands[1]) == centring.operands[0],
      let (division, divide) = graph.onlyUser(of: node.result, as: Binary.self), divide.function == .divide,
      division.operands == [centring.result, node.result],
      let (scaling, scale) = graph.onlyUser(of: division.result, as: Binary.self),
      scale.function == .multiply,
      let factor = graph.other(than: division.result, in: scaling),
      let (shifting, shift) = graph.onlyUser(of: scaling.result, as: Binary.self), shift.function == .add,
      let summand = graph.other(than: scaling.result, in: shifting),
      let width = graph.type(of: centring.operands[0]).dimensions.last
    else { return nil }
    var patch = Patch("fuse-layer-norm", of: graph)
    guard let gamma = patch.vector(factor, count: width, in: graph),
      let beta = patch.vector(summand, count: width, in: graph)
    else { return nil }
    let norm = LayerNorm(epsilon: Double(writtenAs: Float(epsilon)))
    let fused = try patch.add(norm, centring.operands[0], gamma, beta, name: division.name)
    try patch.replace(shifting.result, with: fused)
    return patch
  }
}

extension Graph {
  /// The operand of a mean over the last axis that stays as an extent of 1.
  fileprivate func keptMean(_ value: ValueID) -> ValueID? {
    guard let (reshape, _) = producer(of: value, as: Reshape.self),
      let (node, mean) = producer(of: reshape.operands[0], as: Mean.self)
    else { return nil }
    var kept = type(of: node.operands[0])
    guard mean.axis == kept.rank - 1 else { return nil }
    kept.dimensions[mean.axis] = 1
    return type(of: value) == kept ? node.operands[0] : nil
  }
}
