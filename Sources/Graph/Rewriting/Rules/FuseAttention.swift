extension RewriteRule {
  /// `softmax(s · q · kᵀ) · v` over `[N, h, l, d]`, or `[N, l, d]` with one head, becomes an attention over
  /// `[N, l, h·d]`.
  ///
  /// The scale may stand on q, on k, on both, or on their product. Heads are moved beside each other here by
  /// transpositions and reshapes; `simplify-views` lets them cancel against those that had split them.
  /// Anchored on the softmax, of which attention has one.
  package static let fuseAttention = RewriteRule("fuse-attention", anchor: Softmax.self) {
    (node, _, graph) throws(TypeError) in
    var patch = Patch("fuse-attention", of: graph)
    let scores = try patch.strikingOutScalars(node.operands[0], in: graph)
    guard let (product, _) = patch.producer(of: scores.value, as: MatMul.self),
      let (mixing, _) = graph.onlyUser(of: node.result, as: MatMul.self), mixing.operands[0] == node.result
    else { return nil }
    let q = try patch.strikingOutScalars(product.operands[0], in: graph)
    let k = try patch.strikingOutScalars(product.operands[1], in: graph)
    let type = patch.type(of: q.value)
    guard let d = type.dimensions.last?.constant, d > 0, type.rank == 3 || type.rank == 4,
      let heads = type.rank == 4 ? type.dimensions[1].constant : 1, heads > 0
    else { return nil }
    let joined = [0, 2, 1, 3]
    let operands =
      try type.rank == 3
      ? [q.value, patch.add(Transpose([0, 2, 1]), k.value), mixing.operands[1]]
      : [
        patch.merged(q.value, joined), patch.merged(k.value, [0, 3, 1, 2]),
        patch.merged(mixing.operands[1], joined),
      ]
    let scale = Attention.scale(scores.factor * q.factor * k.factor, headWidth: d)
    var result = try patch.append(Attention(heads: heads, scale: scale), operands, name: node.name)[0]
    if type.rank == 4 {
      let split = [type.dimensions[0], type.dimensions[2], Dimension(heads), Dimension(d)]
      result = try patch.add(Transpose(joined), patch.add(Reshape(split), result))
    }
    try patch.replace(mixing.result, with: result)
    return patch
  }

  /// An attention's scale that is 1/√d but for float32 rounding becomes exactly that.
  package static let roundAttentionScale = RewriteRule("round-attention-scale", anchor: Attention.self) {
    (node, attention, graph) throws(TypeError) in
    guard let width = graph.type(of: node.result).dimensions.last?.constant else { return nil }
    let scale = Attention.scale(attention.scale, headWidth: width / attention.heads)
    guard scale != attention.scale else { return nil }
    var patch = Patch("round-attention-scale", of: graph)
    let rounded = try patch.append(
      Attention(heads: attention.heads, scale: scale), node.operands, name: node.name)
    try patch.replace(node.result, with: rounded[0])
    return patch
  }
}

extension Attention {
  /// 1/√d where `scale` is that but for float32 rounding, otherwise `scale`.
  static func scale(_ scale: Double, headWidth d: Int) -> Double {
    let usual = 1 / Double(d).squareRoot()
    return scale.isNear(usual) ? usual : scale
  }
}

extension Patch {
  /// `[N, h, l, d]`, its axes first permuted to `[N, l, h, d]`, as `[N, l, h·d]`.
  fileprivate mutating func merged(_ value: ValueID, _ permutation: [Int]) throws(TypeError) -> ValueID {
    let apart = try add(Transpose(permutation), value)
    let d = type(of: apart).dimensions
    return try add(Reshape([d[0], d[1], d[2] * d[3]]), apart)
  }

  /// The value without the multiplications by numbers that lead to it, also those below reshapes,
  /// transpositions and slices, and the product of those numbers.
  fileprivate mutating func strikingOutScalars(
    _ value: ValueID, in graph: Graph, depth: Int = 8
  ) throws(TypeError) -> (value: ValueID, factor: Double) {
    guard depth > 0 else { return (value, 1) }
    if let (operand, scalar) = graph.withScalar(value, .multiply) {
      let rest = try strikingOutScalars(operand, in: graph, depth: depth - 1)
      return (rest.value, rest.factor * scalar)
    }
    if let (operand, scalar) = graph.withScalar(value, .divide) {
      let rest = try strikingOutScalars(operand, in: graph, depth: depth - 1)
      return (rest.value, rest.factor / scalar)
    }
    guard let node = graph.producer(of: value), StridedView.follows(node.op) else { return (value, 1) }
    let rest = try strikingOutScalars(node.operands[0], in: graph, depth: depth - 1)
    return rest.value == node.operands[0] ? (value, 1) : (try add(node.op, rest.value), rest.factor)
  }
}
