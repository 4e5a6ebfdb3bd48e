import Graph
import Tensors

/// The Vision Transformer: patches become tokens, pre-norm blocks of attention and MLP follow.
///
/// Input `input` [N, 3, H, W]; outputs `features` [N, 1 + h·w, C] after the last norm and `logits`, the pooled
/// features where the checkpoint has no head. One site after each block, on the patch tokens.
/// Source: Dosovitskiy et al. 2021, arXiv:2010.11929; names and settings of timm, transformers, MAE.
enum ViT: Family {
  static let identifier = "vit"

  static func recognises(_ names: [String]) -> Bool { ViTNames.matching(names) != nil }

  static func build(
    _ source: any TensorCollection, _ json: JSONValue, setAside: (String) -> Bool
  ) throws(BackboneError) -> Backbone {
    guard let names = ViTNames.matching(source.names) else {
      throw .unknownFamily(names: Array(source.names.prefix(5)), count: source.names.count)
    }
    var builder = try ViTBuilder(Weights(source), names, json)
    let graph: Graph
    do {
      graph = try builder.build()
    } catch let error as TypeError {
      throw .graph(error)
    } catch let error as BackboneError {
      throw error
    } catch {
      throw .configMalformed(reason: "\(error)")
    }
    let account = try builder.weights.account(
      unused: { name in names.unused.first { name.hasPrefix($0.prefix) }?.reason }, setAside: setAside)
    return Backbone(family: identifier, graph: graph, account: account)
  }
}

struct ViTBuilder {
  private(set) var weights: Weights
  private let names: ViTNames
  private let configuration: ViTConfiguration
  private let width: Int
  private let patch: (height: Int, width: Int)
  private let channels: Int
  private var graph = Graph()

  init(_ weights: Weights, _ names: ViTNames, _ json: JSONValue) throws(BackboneError) {
    let shape = try weights.shape(names.patch + ".weight", role: "patch embedding")
    guard shape.rank == 4, shape[2] > 0, shape[3] > 0, shape[0] > 0 else {
      throw .shape(tensor: names.patch + ".weight", expected: "[width, channels, height, width]", found: shape)
    }
    self.weights = weights
    self.names = names
    width = shape[0]
    channels = shape[1]
    patch = (shape[2], shape[3])
    configuration = try ViTConfiguration(json, width: width)
    guard configuration.image.height >= patch.height, configuration.image.width >= patch.width else {
      throw .configValue(
        key: "image size", expected: "at least one patch of \(patch.height)x\(patch.width)",
        found: "\(configuration.image.height)x\(configuration.image.width)")
    }
  }

  private var grid: (height: Int, width: Int) {
    (configuration.image.height / patch.height, configuration.image.width / patch.width)
  }

  private var form: GELU.Form {
    get throws(BackboneError) {
      switch configuration.gelu {
      case "gelu": .exact
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": .tanh
      case "quick_gelu": .quick
      default:
        throw .configValue(
          key: "hidden_act", expected: "gelu, gelu_new, gelu_pytorch_tanh, gelu_fast or quick_gelu",
          found: configuration.gelu)
      }
    }
  }

  mutating func build() throws -> Graph {
    let batch = Dimension.symbol("N")
    let image = configuration.image
    let input = graph.addInput(
      "input", TensorType(.float32, [batch, Dimension(channels), Dimension(image.height), Dimension(image.width)]))
    var x = try tokens(input, batch)
    var depth = 0
    while weights.contains(names.block(depth) + names.norm1 + ".weight") {
      x = try block(x, depth)
      depth += 1
    }
    try finish(x, batch)
    return graph
  }

  private mutating func tokens(_ input: ValueID, _ batch: Dimension) throws -> ValueID {
    let count = grid.height * grid.width
    let kernel = try weights.load(
      names.patch + ".weight", [width, channels, patch.height, patch.width], role: "patch embedding", into: &graph)
    let bias = try weights.load(names.patch + ".bias", [width], role: "patch embedding", into: &graph)
    let map = try graph.add(Conv2d(strides: [patch.height, patch.width]), input, kernel, bias)
    let flat = try graph.add(Reshape([batch, Dimension(width), Dimension(count)]), map)
    let patches = try graph.add(Transpose([0, 2, 1]), flat)
    let token = try weights.load(names.classToken, [1, 1, width], role: "class token", into: &graph)
    let tokens = try graph.add(Broadcast([batch, 1, Dimension(width)]), token)
    let joined = try graph.add(Concat(axis: 1), tokens, patches)
    let position = try weights.load(names.position, [1, count + 1, width], role: "position embedding", into: &graph)
    return try graph.add(Binary(.add), joined, position)
  }

  private mutating func block(_ x: ValueID, _ index: Int) throws -> ValueID {
    let prefix = names.block(index)
    let normed = try norm(x, prefix + names.norm1)
    let (q, k, v) = try projections(normed, prefix)
    let scale = 1 / Double(width / configuration.heads).squareRoot()
    let mixed = try graph.add(Attention(heads: configuration.heads, scale: scale), q, k, v)
    let attended = try graph.add(Binary(.add), x, linear(mixed, prefix + names.attentionOutput, width, width))
    let inner = try norm(attended, prefix + names.norm2)
    let hidden = try weights.shape(prefix + names.hidden + ".weight", role: "MLP").extents.first ?? 0
    let expanded = try graph.add(GELU(form), linear(inner, prefix + names.hidden, width, hidden))
    let result = try graph.add(Binary(.add), attended, linear(expanded, prefix + names.output, hidden, width))
    let layout = Site.Layout.tokens(prefix: 1, height: Dimension(grid.height), width: Dimension(grid.width))
    graph.addSite(Site(block: "blocks.\(index)", layout: layout, value: result))
    return result
  }

  private mutating func projections(
    _ x: ValueID, _ prefix: String
  ) throws -> (q: ValueID, k: ValueID, v: ValueID) {
    switch names.projections {
    case .joint(let name):
      let joint = try linear(x, prefix + name, width, 3 * width)
      let parts = try (0..<3).map {
        try graph.add(Slice(axis: 2, start: $0 * width, count: Dimension(width)), joint)
      }
      return (parts[0], parts[1], parts[2])
    case .separate(let q, let k, let v):
      return (
        try linear(x, prefix + q, width, width), try linear(x, prefix + k, width, width),
        try linear(x, prefix + v, width, width)
      )
    }
  }

  private mutating func finish(_ x: ValueID, _ batch: Dimension) throws {
    let hasPooledNorm = weights.contains(names.pooledNorm + ".weight")
    // With a norm after pooling there is none before it, whatever else the checkpoint holds.
    let features = hasPooledNorm ? x : try norm(x, names.norm)
    graph.addOutput("features", features)
    var pooled: ValueID
    if configuration.meanPooling {
      let count = Dimension(grid.height * grid.width)
      pooled = try graph.add(Mean(axis: 1), graph.add(Slice(axis: 1, start: 1, count: count), features))
    } else {
      let token = try graph.add(Slice(axis: 1, start: 0, count: 1), features)
      pooled = try graph.add(Reshape([batch, Dimension(width)]), token)
    }
    if hasPooledNorm { pooled = try norm(pooled, names.pooledNorm) }
    if weights.contains(names.head + ".weight") {
      let classes = try weights.shape(names.head + ".weight", role: "classifier").extents.first ?? 0
      pooled = try linear(pooled, names.head, width, classes)
    }
    graph.addOutput("logits", pooled)
  }

  private mutating func norm(_ x: ValueID, _ name: String) throws -> ValueID {
    let gamma = try weights.load(name + ".weight", [width], role: "norm", into: &graph)
    let beta = try weights.load(name + ".bias", [width], role: "norm", into: &graph)
    return try graph.add(LayerNorm(epsilon: configuration.epsilon), x, gamma, beta)
  }

  /// With a bias where the checkpoint has one.
  private mutating func linear(_ x: ValueID, _ name: String, _ inputs: Int, _ outputs: Int) throws -> ValueID {
    let weight = try weights.load(name + ".weight", [outputs, inputs], role: "linear", into: &graph)
    guard weights.contains(name + ".bias") else { return try graph.add(Linear(), x, weight) }
    return try graph.add(Linear(), x, weight, weights.load(name + ".bias", [outputs], role: "linear", into: &graph))
  }
}
