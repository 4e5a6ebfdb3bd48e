import Graph
import Tensors

extension ViTBuilder {
  /// x + s1 · attention(norm(x)), then the same of the MLP; s1 and s2 where the checkpoint scales its layers.
  mutating func block(_ x: ValueID, _ index: Int) throws -> ValueID {
    let name = names.block(index)
    let normed = try norm(x, name + names.norm1)
    let (q, k, v) = try projections(normed, name)
    let scale = 1 / Double(width / configuration.heads).squareRoot()
    let biases = try relativeBiases(name)
    let mixed = try graph.append(Attention(heads: configuration.heads, scale: scale), [q, k, v] + biases)[0]
    let attended = try added(x, linear(mixed, name + names.attentionOutput, width, width), scale: name + names.scale1)
    let inner = try norm(attended, name + names.norm2)
    let expanded = try mlp(inner, hidden: name + names.hidden, output: name + names.output)
    let result = try added(attended, expanded, scale: name + names.scale2)
    let layout = Site.Layout.tokens(prefix: prefix.count, height: grid.height, width: grid.width)
    graph.addSite(Site(block: "blocks.\(index)", layout: layout, value: result))
    return result
  }

  private mutating func added(_ x: ValueID, _ branch: ValueID, scale: String) throws -> ValueID {
    guard weights.contains(scale) else { return try graph.add(Binary(.add), x, branch) }
    let gamma = try weights.load(scale, [width], role: "layer scale", into: &graph)
    return try graph.add(Binary(.add), x, graph.add(Binary(.multiply), branch, gamma))
  }

  private mutating func jointProjection(_ x: ValueID, _ block: String, _ name: String) throws -> ValueID {
    guard let biases = names.splitBiases, weights.contains(block + biases.q) else {
      return try linear(x, block + name, width, 3 * width)
    }
    let weight = try weights.load(block + name + ".weight", [3 * width, width], role: "linear", into: &graph)
    let q = try weights.load(block + biases.q, [width], role: "linear", into: &graph)
    let v = try weights.load(block + biases.v, [width], role: "linear", into: &graph)
    let zeros = graph.addConstant(
      Constant(name: block + "zero bias of k", Tensor([Float](repeating: 0, count: width), shape: [width])))
    return try graph.add(Linear(), x, weight, graph.append(Concat(axis: 0), [q, zeros, v])[0])
  }

  private mutating func projections(
    _ x: ValueID, _ block: String
  ) throws -> (q: ValueID, k: ValueID, v: ValueID) {
    switch names.projections {
    case .joint(let name):
      let parts = try columns(jointProjection(x, block, name), count: 3)
      return (parts[0], parts[1], parts[2])
    case .separate(let q, let k, let v):
      return (
        try linear(x, block + q, width, width), try linear(x, block + k, width, width),
        try linear(x, block + v, width, width)
      )
    }
  }
}
