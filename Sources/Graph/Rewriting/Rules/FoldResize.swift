import Tensors

extension RewriteRule {
  /// A constant, or a part or another shape of one, resized to fixed extents, is a constant: positions for a grid.
  static let foldResize = RewriteRule("fold-resize", anchor: Resize.self) { (node, resize, graph) throws(TypeError) in
    var chain = [node]
    while let above = graph.producer(of: chain[0].operands[0]), above.op is Reshape || above.op is Slice {
      chain.insert(above, at: 0)
    }
    guard let constant = graph.constant(for: chain[0].operands[0]), let shape = graph.type(of: node.result).shape else {
      return nil
    }
    var tensor = constant.tensor()
    for link in chain {
      guard let shape = graph.type(of: link.result).shape, shape.elementCount > 0 else { return nil }
      tensor = link.op.evaluated(tensor, shape)
    }
    var patch = Patch("fold-resize", of: graph)
    let size = shape.extents.map(String.init).joined(separator: "x")
    try patch.replace(node.result, with: patch.addDerived(.stored(tensor), from: constant, size))
    return patch
  }
}

extension Operator {
  /// The result, of this shape, of an operator of one operand.
  fileprivate func evaluated(_ operand: Tensor, _ shape: Shape) -> Tensor {
    Tensor(type: operand.type, shape: shape) { bytes in
      operand.withView { evaluate([$0], into: [MutableTensorView(type: operand.type, shape: shape, bytes: bytes)]) }
    }
  }
}
