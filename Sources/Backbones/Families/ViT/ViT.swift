import Graph
import Tensors

/// The Vision Transformer and its relatives: patches become tokens, pre-norm blocks of attention and MLP follow.
///
/// Input `input` [N, 3, H, W] of any height and width; rows and columns beyond whole patches are not read. Positions
/// are resized to the image's grid, as the checkpoint's library does. Outputs `features` [N, prefix + h·w, C], what the library's model gives before it
/// pools, and `logits`, the pooled features where the checkpoint has no head. One site after each block, on the
/// patch tokens: class, distillation and register tokens are the prefix.
/// Source: Dosovitskiy et al. 2021, arXiv:2010.11929; DeiT: arXiv:2012.12877; DeiT III: arXiv:2204.07118;
/// MAE: arXiv:2111.06377; DINOv2: arXiv:2304.07193; registers: arXiv:2309.16588; CLIP: arXiv:2103.00020.
/// Names and settings are those of timm, transformers and MAE.
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
    let account = try builder.weights.account(unused: names.reasonUnused, setAside: setAside)
    return Backbone(
      family: identifier, graph: graph, account: account, imageSize: builder.configuration.image)
  }
}

/// Builds the graph piece by piece; what differs between relatives is in the names and the configuration.
struct ViTBuilder {
  var weights: Weights
  var graph = Graph()
  let names: ViTNames
  let configuration: ViTConfiguration
  let width: Int
  /// The grid that the checkpoint's positions belong to.
  let homeGrid: (height: Int, width: Int)
  /// The grid of the images that the network is given.
  let grid: (height: Dimension, width: Dimension)
  let prefix: ViTPrefix
  let batch = Dimension.symbol("N")
  let patch: (height: Int, width: Int)
  private let channels: Int
  /// What tables of relative positions have been made to.
  var relativeBiasValues: [String: ValueID] = [:]

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
    homeGrid = (configuration.image.height / patch.height, configuration.image.width / patch.width)
    grid = (
      Dimension.symbol("H").floorDivided(by: patch.height), Dimension.symbol("W").floorDivided(by: patch.width)
    )
    prefix = try ViTPrefix(weights, names, width: width)
    try configuration.requireAgreement(facts())
  }

  /// Tokens of the patches.
  var patchCount: Dimension { grid.height * grid.width }
  /// Patches that the checkpoint's positions belong to.
  var homePatchCount: Int { homeGrid.height * homeGrid.width }

  mutating func build() throws -> Graph {
    let size: [Dimension] = [batch, Dimension(channels), .symbol("H"), .symbol("W")]
    let input = graph.addInput("input", TensorType(.float32, size))
    var x = try tokens(input, channels)
    var depth = 0
    while weights.contains(names.block(depth) + names.norm1 + ".weight") {
      x = try block(x, depth)
      depth += 1
    }
    if let stated = configuration.depth, stated != depth {
      throw BackboneError.configValue(
        key: "depth", expected: "\(depth), as many blocks as there are tensors for", found: "\(stated)")
    }
    try finish(x)
    return graph
  }

  /// What the tensors say about settings that a configuration may state too.
  private func facts() -> [String: JSONValue] {
    var facts: [String: JSONValue] = [
      "class_token": .bool(prefix.hasClass), "reg_tokens": .number(Double(prefix.registers)),
      "pre_norm": .bool(weights.contains(names.preNorm.map { $0 + ".weight" })),
      "use_abs_pos_emb": .bool(weights.contains(names.position)),
      "use_rel_pos_bias": .bool(weights.contains(names.ownTable.map { names.block(0) + $0 })),
      "use_shared_rel_pos_bias": .bool(weights.contains(names.sharedTable)),
      "use_fc_norm": .bool(weights.contains(names.pooledNorm + ".weight")),
    ]
    if prefix.count > 0, let position = names.position, let length = try? positionLength(position) {
      facts["no_embed_class"] = .bool(length == homePatchCount)
    }
    return facts
  }

  // MARK: Layers

  mutating func norm(_ x: ValueID, _ name: String) throws -> ValueID {
    let gamma = try weights.load(name + ".weight", [width], role: "norm", into: &graph)
    let beta = try weights.load(name + ".bias", [width], role: "norm", into: &graph)
    return try graph.add(LayerNorm(epsilon: configuration.epsilon), x, gamma, beta)
  }

  /// With a bias where the checkpoint has one; blocks are alike in that.
  mutating func linear(_ x: ValueID, _ name: String, _ inputs: Int, _ outputs: Int) throws -> ValueID {
    let weight = try weights.load(name + ".weight", [outputs, inputs], role: "linear", into: &graph)
    guard hasBias(name) else { return try graph.add(Linear(), x, weight) }
    return try graph.add(Linear(), x, weight, weights.load(name + ".bias", [outputs], role: "linear", into: &graph))
  }

  private func hasBias(_ name: String) -> Bool {
    if weights.contains(name + ".bias") { return true }
    var index = 0
    while weights.contains(names.block(index) + names.norm1 + ".weight"), index < Self.depthLimit {
      let block = names.block(index)
      if name.hasPrefix(block) {
        let part = name.dropFirst(block.count) + ".bias"
        // One block lacks it where another has it: a tensor is missing.
        return weights.contains(names.block(index == 0 ? 1 : 0) + part)
      }
      index += 1
    }
    return false
  }

  /// More blocks than any such network has.
  private static let depthLimit = 1024

  mutating func mlp(_ x: ValueID, hidden: String, output: String) throws -> ValueID {
    let inner = try weights.shape(hidden + ".weight", role: "MLP").extents.first ?? 0
    let expanded = try graph.add(GELU(configuration.form()), linear(x, hidden, width, inner))
    return try linear(expanded, output, inner, width)
  }

  /// `count` parts of `width` columns each.
  mutating func columns(_ x: ValueID, count: Int) throws -> [ValueID] {
    try (0..<count).map { try graph.add(Slice(axis: 2, start: $0 * width, count: Dimension(width)), x) }
  }
}
