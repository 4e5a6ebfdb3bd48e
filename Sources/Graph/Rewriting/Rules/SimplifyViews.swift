extension RewriteRule {
  /// A chain of reshapes, transpositions and slices becomes the one that does the same to a value further up,
  /// or nothing where it gives that value back.
  ///
  /// So transpositions cancel, reshapes merge, and the heads of q, k and v, split from a joint projection,
  /// become a slice of it. Fires only where the chain becomes shorter.
  package static let simplifyViews = RewriteRule(
    "simplify-views", anchors: [Reshape.self, Transpose.self, Slice.self]
  ) { (node, graph) throws(TypeError) in
    let longest = 12
    var chain = [node]
    while chain.count < longest, let above = graph.producer(of: chain[0].operands[0]),
      StridedView.follows(above.op)
    {
      chain.insert(above, at: 0)
    }
    // From the value furthest up down to the node's own operand: the longest chain that one operator
    // replaces.
    for start in chain.indices {
      let base = chain[start].operands[0]
      let extents = graph.type(of: base).dimensions
      var view: StridedView? = StridedView(extents)
      for link in chain[start...] { view = view?.after(link.op) }
      guard let operators = view?.simplest(on: extents), operators.count < chain.count - start else {
        continue
      }
      var patch = Patch("simplify-views", of: graph)
      var value = base
      for op in operators { value = try patch.add(op, value, name: node.name) }
      try patch.replace(node.result, with: value)
      return patch
    }
    return nil
  }
}
