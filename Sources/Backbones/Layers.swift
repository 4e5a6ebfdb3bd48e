import Graph
import Tensors

// Layers that families share, with their weights under the names that a checkpoint gives them.

extension Weights {
  /// A weight of these extents; axes of extent 1 that the checkpoint adds (1x1 convolutions) are taken away.
  mutating func squeezed(
    _ name: String, _ extents: [Int], role: String, into graph: inout Graph
  ) throws -> ValueID {
    let stored = try shape(name, role: role).extents
    let isSame = stored == extents || stored.filter { $0 != 1 } != extents.filter { $0 != 1 }
    let weight = try load(name, isSame ? extents : stored, role: role, into: &graph)
    return isSame ? weight : try graph.add(Reshape(extents.map { Dimension($0) }), weight)
  }

  mutating func layerNorm(
    _ x: ValueID, _ name: String, _ width: Int, epsilon: Double, in graph: inout Graph
  ) throws -> ValueID {
    let gamma = try load(name + ".weight", [width], role: "norm", into: &graph)
    let beta = try load(name + ".bias", [width], role: "norm", into: &graph)
    return try graph.add(LayerNorm(epsilon: epsilon), x, gamma, beta)
  }

  /// With a bias where the checkpoint has one; its first axis tells how many outputs there are.
  mutating func linear(_ x: ValueID, _ name: String, _ inputs: Int, in graph: inout Graph) throws -> ValueID {
    let outputs = try shape(name + ".weight", role: "linear").extents.first ?? 0
    return try linear(x, name, inputs, outputs, in: &graph)
  }

  mutating func linear(
    _ x: ValueID, _ name: String, _ inputs: Int, _ outputs: Int, in graph: inout Graph
  ) throws -> ValueID {
    let weight = try squeezed(name + ".weight", [outputs, inputs], role: "linear", into: &graph)
    guard contains(name + ".bias") else { return try graph.add(Linear(), x, weight) }
    return try graph.add(Linear(), x, weight, load(name + ".bias", [outputs], role: "linear", into: &graph))
  }

  /// A convolution of a map with channels first, with a bias where the checkpoint has one.
  mutating func convolution(
    _ map: ValueID, _ name: String, _ extents: [Int], in graph: inout Graph
  ) throws -> ValueID {
    let op = Conv2d(strides: Array(extents.suffix(2)))
    let weight = try load(name + ".weight", extents, role: "convolution", into: &graph)
    guard contains(name + ".bias") else { return try graph.add(op, map, weight) }
    return try graph.add(op, map, weight, load(name + ".bias", [extents[0]], role: "convolution", into: &graph))
  }
}

extension GELU.Form {
  /// The form that timm or transformers calls so.
  init(named name: String, key: String) throws(BackboneError) {
    switch name {
    case "gelu": self = .exact
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_tanh": self = .tanh
    case "quick_gelu": self = .quick
    default:
      throw .configValue(
        key: key, expected: "gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, gelu_tanh or quick_gelu", found: name)
    }
  }
}
