import Graph

extension ResidualStream.Sum {
  /// Whether a stream of rank 4 holds channels last or first: whichever of those axes the block's norms, linears or
  /// convolutions read as channels; nil where none of them tells.
  func mapLayout(in graph: Graph) -> Site.Layout? {
    guard let (last, first) = rootAxes(in: graph) else { return nil }
    // For each value, where those two axes of the root have come to lie in it.
    var places: [ValueID: (last: Int?, first: Int?)] = [root: (last, first)]
    for node in nodes {
      guard let operand = node.operands.first(where: { places[$0] != nil }), let place = places[operand] else {
        continue
      }
      if let axis = node.channelAxis(in: graph) {
        if axis == place.last { return .nhwc }
        if axis == place.first { return .nchw }
      }
      places[node.result] = (
        place.last.flatMap { node.axis($0, of: operand, in: graph) },
        place.first.flatMap { node.axis($0, of: operand, in: graph) }
      )
    }
    return nil
  }

  /// The axes of the root that are the stream's axes 3 and 1.
  private func rootAxes(in graph: Graph) -> (last: Int?, first: Int?)? {
    var moves: [Node] = []
    var value = stream
    while value != root, let node = graph.producer(of: value) {
      moves.append(node)
      value = node.operands[0]
    }
    let places = (0..<graph.type(of: root).rank).map { axis in
      moves.reversed().reduce(Optional(axis)) { axis, node in
        axis.flatMap { node.axis($0, of: node.operands[0], in: graph) }
      }
    }
    let (last, first) = (places.firstIndex(of: 3), places.firstIndex(of: 1))
    return last == nil && first == nil ? nil : (last, first)
  }
}

extension Node {
  /// The axis of the first operand that the operator reads as channels.
  fileprivate func channelAxis(in graph: Graph) -> Int? {
    let rank = graph.type(of: operands[0]).rank
    switch op {
    case is LayerNorm, is Linear, is Normalize, is DepthwiseConv, is WindowPartition: return rank - 1
    case is Conv2d, is Convolution, is Pool: return 1
    case is Binary:
      // One number a channel: `[c]` along the last axis, `[c, 1, 1]` along the first.
      guard let constant = operands.compactMap({ graph.constant(for: $0) }).first else { return nil }
      let wide = constant.type.dimensions.indices.filter { constant.type.dimensions[$0] != 1 }
      return wide.count == 1 ? rank - constant.type.rank + wide[0] : nil
    default: return nil
    }
  }

  /// Where an axis of an operand lies in the result; nil where the operator mixes or cuts it, or may do so.
  fileprivate func axis(_ axis: Int, of operand: ValueID, in graph: Graph) -> Int? {
    let (old, new) = (graph.type(of: operand).dimensions, graph.type(of: result).dimensions)
    switch op {
    case let transpose as Transpose: return transpose.permutation.firstIndex(of: axis)
    case is Reshape:
      // The one of this extent with as many elements before it.
      let before = old[..<axis].reduce(1, *)
      return new.indices.first { new[$0] == old[axis] && new[..<$0].reduce(1, *) == before }
    case is Slice, is Pad, is Concat: return new[axis] == old[axis] ? axis : nil
    case let gather as Gather:
      // A list of indices leaves the other axes where they are.
      let isList = graph.type(of: operands[1]).rank == 1 && operand == operands[0]
      return isList && axis != gather.axis ? axis : nil
    case is Unary, is GELU, is Binary:
      let moved = axis + new.count - old.count
      return new[moved] == old[axis] ? moved : nil
    default: return nil
    }
  }
}
