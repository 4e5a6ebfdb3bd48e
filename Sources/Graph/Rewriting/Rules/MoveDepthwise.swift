extension RewriteRule {
  /// A depthwise convolution that keeps the map's size, read only by a transpose to channels last, becomes one with
  /// channels last of the transposed map.
  ///
  /// Anchored on the transpose: only where one follows does the network go on with channels last.
  package static let moveDepthwise = RewriteRule("move-depthwise", anchor: Transpose.self) {
    (node, transpose, graph) throws(TypeError) in
    let map = node.operands[0]
    guard transpose.permutation == [0, 2, 3, 1],
      let (convolution, op) = graph.producer(of: map, as: Convolution.self),
      graph.onlyUser(of: map, as: Transpose.self) != nil, op.keepsSize(convolution, in: graph)
    else { return nil }
    var patch = Patch("move-depthwise", of: graph)
    let last = try patch.add(Transpose([0, 2, 3, 1]), convolution.operands[0])
    let operands = [last] + convolution.operands.dropFirst()
    let moved = try patch.append(DepthwiseConv(), operands, name: convolution.name)
    try patch.replace(node.result, with: moved[0])
    return patch
  }
}

extension Convolution {
  /// Whether this is a convolution of each channel of its own by an odd square that leaves the map's size.
  fileprivate func keepsSize(_ node: Node, in graph: Graph) -> Bool {
    let weight = graph.type(of: node.operands[1]).dimensions
    guard weight.count == 4, weight[0] == Dimension(groups), weight[1] == 1, weight[2] == weight[3],
      let k = weight[2].constant, k % 2 == 1
    else { return false }
    let padding = [k / 2, k / 2]
    return windows == Windows(strides: [1, 1], dilations: [1, 1], before: padding, after: padding)
      && graph.type(of: node.operands[0]).dimensions[1] == Dimension(groups)
  }
}
