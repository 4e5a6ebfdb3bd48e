import Graph

/// How the tokens of a stream `[N, L, C]` lie: `prefix` tokens of their own, then those of a grid, row by
/// row.
struct TokenGrid: Hashable {
  let prefix: Int
  let height: Dimension
  let width: Dimension

  /// Reads the grid off the convolution that cuts the image into patches.
  init(of stream: ValueID, in graph: Graph) throws(SiteFindingError) {
    let type = graph.type(of: stream)
    let nodes = graph.nodes(from: nil, to: stream)
    // Positions may be encoded by convolutions of constants; an image is an input.
    let maps = nodes.filter { node in
      node.op is Conv2d && graph.ancestors(of: node.result).contains { graph.inputs.map(\.value).contains($0) }
    }.map(\.result)
    guard !maps.isEmpty else { throw .noPatchEmbedding(stream: type) }
    // Of a stack of convolutions the last one's map is the grid: it depends on the others.
    guard let map = maps.first(where: { map in maps.allSatisfy { graph.depends(map, on: $0) } }) else {
      throw .gridMismatch(stream: type, maps: maps.map { graph.type(of: $0) })
    }
    let (height, width) = (graph.type(of: map).dimensions[2], graph.type(of: map).dimensions[3])
    guard let prefix = (type.dimensions[1] - height * width).constant, prefix >= 0 else {
      throw .gridMismatch(stream: type, maps: [graph.type(of: map)])
    }
    for node in nodes {
      guard let concat = node.op as? Concat, concat.axis == 1, graph.type(of: node.result).rank == 3 else {
        continue
      }
      let fromGrid = node.operands.indices.filter { graph.depends(node.operands[$0], on: map) }
      guard fromGrid.isEmpty || fromGrid == [node.operands.count - 1] else {
        throw .gridNotLast(stream: type)
      }
    }
    (self.prefix, self.height, self.width) = (prefix, height, width)
  }
}
