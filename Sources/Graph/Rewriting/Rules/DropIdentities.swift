extension RewriteRule {
  /// A tensor resized to the extents that it has, as a whole, is the tensor.
  static let dropResize = RewriteRule("drop-resize", anchor: Resize.self) { (node, resize, graph) throws(TypeError) in
    guard resize.sizes == graph.type(of: node.operands[0]).dimensions, resize.scales.allSatisfy({ $0 == 1 }),
      resize.region.isEmpty
    else { return nil }
    var patch = Patch("drop-resize", of: graph)
    try patch.replace(node.result, with: node.operands[0])
    return patch
  }

  /// Slices that follow each other from the start of an axis to its end, joined along it, are what they are cut from.
  static let joinSlices = RewriteRule("join-slices", anchor: Concat.self) { (node, concat, graph) throws(TypeError) in
    var whole: ValueID?
    var next = Dimension(0)
    for operand in node.operands {
      guard let (slice, op) = graph.producer(of: operand, as: Slice.self), op.axis == concat.axis,
        Dimension(op.start) == next, whole == nil || whole == slice.operands[0]
      else { return nil }
      whole = slice.operands[0]
      next = next + op.count
    }
    guard let whole, next == graph.type(of: whole).dimensions[concat.axis] else { return nil }
    var patch = Patch("join-slices", of: graph)
    try patch.replace(node.result, with: whole)
    return patch
  }
}
