import Graph
import Tensors

/// ConvNeXt and ConvNeXt V2: a stem and stages of depthwise convolutions and MLPs, each stage on a coarser map.
///
/// Input `input` [N, 3, H, W] of any height and width. Outputs, as far as the checkpoint has the norms they need:
/// `stage0`… [N, C, h, w] after each stage's own norm; `features`, the last map, and `logits`, the pooled features
/// where there is no head. Maps have channels last inside. One site after each block, by stages.
/// Source: Liu et al. 2022, arXiv:2201.03545; Woo et al. 2023, arXiv:2301.00808; names and settings of Meta, timm,
/// transformers.
enum ConvNeXt: Family {
  static let identifier = "convnext"

  static func recognises(_ names: [String]) -> Bool { ConvNeXtNames.matching(names) != nil }

  static func build(
    _ source: any TensorCollection, _ json: JSONValue, setAside: (String) -> Bool
  ) throws(BackboneError) -> Backbone {
    guard let names = ConvNeXtNames.matching(source.names) else {
      throw .unknownFamily(names: Array(source.names.prefix(5)), count: source.names.count)
    }
    var builder = ConvNeXtBuilder(Weights(source), names, try ConvNeXtConfiguration(json))
    let graph = try building { try builder.build() }
    let account = try builder.weights.account(unused: { _ in nil }, setAside: setAside)
    return Backbone(
      family: identifier, graph: graph, account: account, imageSize: builder.configuration.image)
  }
}

struct ConvNeXtBuilder {
  private(set) var weights: Weights
  private let names: ConvNeXtNames
  fileprivate let configuration: ConvNeXtConfiguration
  private var graph = Graph()
  /// Channels of the map that is being worked on.
  private var width = 0

  init(_ weights: Weights, _ names: ConvNeXtNames, _ configuration: ConvNeXtConfiguration) {
    self.weights = weights
    self.names = names
    self.configuration = configuration
  }

  mutating func build() throws -> Graph {
    var x = try stem()
    var stage = 0
    while weights.contains(names.block(stage, 0) + names.depthwise + ".weight") {
      if stage > 0 { x = try downsampled(x, names.downsample(stage)) }
      var index = 0
      while weights.contains(names.block(stage, index) + names.depthwise + ".weight") {
        x = try block(x, names.block(stage, index))
        graph.addSite(Site(block: "stages.\(stage).\(index)", stage: stage, layout: .nhwc, value: x))
        index += 1
      }
      if weights.contains(names.stageNorm(stage) + ".weight") {
        let normed = try norm(x, names.stageNorm(stage))
        graph.addOutput("stage\(stage)", try graph.add(Transpose([0, 3, 1, 2]), normed))
      }
      stage += 1
    }
    try finish(x)
    return graph
  }

  private mutating func stem() throws -> ValueID {
    let shape = try weights.shape(names.stem.convolution + ".weight", role: "stem")
    guard shape.rank == 4, shape.extents.allSatisfy({ $0 > 0 }) else {
      throw BackboneError.shape(
        tensor: names.stem.convolution + ".weight", expected: "[width, channels, height, width]", found: shape)
    }
    let input = graph.addInput(
      "input", TensorType(.float32, [.symbol("N"), Dimension(shape[1]), .symbol("H"), .symbol("W")]))
    width = shape[0]
    let map = try weights.convolution(input, names.stem.convolution, shape.extents, in: &graph)
    return try norm(graph.add(Transpose([0, 2, 3, 1]), map), names.stem.norm)
  }

  /// The convolution reads and writes channels first, as in every source; a runtime has it write channels last.
  private mutating func downsampled(_ x: ValueID, _ prefix: String) throws -> ValueID {
    let normed = try norm(x, prefix + "0")
    let outputs = try weights.shape(prefix + "1.weight", role: "downsampling").extents.first ?? 0
    let first = try graph.add(Transpose([0, 3, 1, 2]), normed)
    let map = try weights.convolution(first, prefix + "1", [outputs, width, 2, 2], in: &graph)
    width = outputs
    return try graph.add(Transpose([0, 2, 3, 1]), map)
  }

  private mutating func block(_ x: ValueID, _ prefix: String) throws -> ValueID {
    let mixed = try norm(depthwise(x, prefix + names.depthwise), prefix + names.blockNorm)
    let hidden = try weights.shape(prefix + names.expansion + ".weight", role: "MLP").extents.first ?? 0
    let expanded = try weights.linear(mixed, prefix + names.expansion, width, hidden, in: &graph)
    var y = try graph.add(GELU(configuration.gelu), expanded)
    if weights.contains(prefix + names.response.gamma) {
      let gamma = try weights.squeezed(prefix + names.response.gamma, [hidden], role: "response norm", into: &graph)
      let beta = try weights.squeezed(prefix + names.response.beta, [hidden], role: "response norm", into: &graph)
      y = try graph.add(GlobalResponseNorm(epsilon: 1e-6), y, gamma, beta)
    }
    y = try weights.linear(y, prefix + names.contraction, hidden, width, in: &graph)
    if weights.contains(prefix + names.scale) {
      let scale = try weights.load(prefix + names.scale, [width], role: "layer scale", into: &graph)
      y = try graph.add(Binary(.multiply), y, scale)
    }
    return try graph.add(Binary(.add), x, y)
  }

  private mutating func depthwise(_ x: ValueID, _ name: String) throws -> ValueID {
    let k = try weights.shape(name + ".weight", role: "depthwise convolution").extents.last ?? 0
    let weight = try weights.load(name + ".weight", [width, 1, k, k], role: "depthwise convolution", into: &graph)
    guard weights.contains(name + ".bias") else { return try graph.add(DepthwiseConv(), x, weight) }
    let bias = try weights.load(name + ".bias", [width], role: "depthwise convolution", into: &graph)
    return try graph.add(DepthwiseConv(), x, weight, bias)
  }

  private mutating func finish(_ x: ValueID) throws {
    let isClassifier = weights.contains(names.norm + ".weight")
    guard isClassifier || graph.outputs.isEmpty else { return }
    graph.addOutput("features", try graph.add(Transpose([0, 3, 1, 2]), x))
    guard isClassifier else { return }
    let map = graph.type(of: x).dimensions
    let tokens = try graph.add(Reshape([map[0], map[1] * map[2], map[3]]), x)
    var pooled = try weights.layerNorm(
      graph.add(Mean(axis: 1), tokens), names.norm, width, epsilon: configuration.pooledEpsilon, in: &graph)
    var features = width
    if weights.contains(names.hidden + ".weight") {
      features = try weights.shape(names.hidden + ".weight", role: "head").extents.first ?? 0
      pooled = try graph.add(GELU(), weights.linear(pooled, names.hidden, width, features, in: &graph))
    }
    if weights.contains(names.head + ".weight") {
      pooled = try weights.linear(pooled, names.head, features, in: &graph)
    }
    graph.addOutput("logits", pooled)
  }

  private mutating func norm(_ x: ValueID, _ name: String) throws -> ValueID {
    try weights.layerNorm(x, name, width, epsilon: configuration.epsilon, in: &graph)
  }
}
