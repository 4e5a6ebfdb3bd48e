import Graph
import Tensors

/// Swin: stages of blocks whose attention is confined to windows, shifted in every other block.
///
/// Input `input` [N, 3, H, W] of any height and width. Outputs, as far as the checkpoint has the norms they need:
/// `stage0`… [N, C, h, w] after each stage's own norm; `features`, the last map after its norm, [N, h, w, C], or
/// [N, h·w, C] under transformers' names; `logits`, the pooled features where there is no head. Maps have channels
/// last inside. Two sites a block, after attention's sum and after the MLP's, by stages.
/// Source: Liu et al. 2021, arXiv:2103.14030; names and settings of Microsoft, timm, transformers.
enum Swin: Family {
  static let identifier = "swin"

  static func recognises(_ names: [String]) -> Bool { SwinNames.matching(names) != nil }

  static func build(
    _ source: any TensorCollection, _ json: JSONValue, setAside: (String) -> Bool
  ) throws(BackboneError) -> Backbone {
    guard let names = SwinNames.matching(source.names) else {
      throw .unknownFamily(names: Array(source.names.prefix(5)), count: source.names.count)
    }
    var builder = SwinBuilder(Weights(source), names, try SwinConfiguration(json))
    builder.masksAreStored = source.names.contains { $0.hasSuffix(".attn_mask") }
    let graph = try building { try builder.build() }
    let account = try builder.weights.account(unused: names.reasonUnused, setAside: setAside)
    return Backbone(
      family: identifier, graph: graph, account: account, imageSize: builder.configuration.image)
  }
}

struct SwinBuilder {
  private(set) var weights: Weights
  private let names: SwinNames
  fileprivate let configuration: SwinConfiguration
  private var graph = Graph()
  /// Channels of the map that is being worked on.
  private var width = 0
  /// The map of the images that the network was made for, where the configuration states it.
  private var homeMap: [Int]?
  /// Whether the checkpoint keeps the masks of shifted windows, and so tells which blocks shift.
  var masksAreStored = false

  init(_ weights: Weights, _ names: SwinNames, _ configuration: SwinConfiguration) {
    self.weights = weights
    self.names = names
    self.configuration = configuration
  }

  mutating func build() throws -> Graph {
    var x = try embedded()
    var stage = 0
    while weights.contains(names.block(stage, 0) + names.table) {
      if stage > 0 { x = try merged(x, names.merging(stage)) }
      var index = 0
      var masks: [Windowing: ValueID] = [:]
      while weights.contains(names.block(stage, index) + names.table) {
        x = try block(x, stage, index, &masks)
        index += 1
      }
      if let norm = stageNorm(stage) {
        let normed = try weights.layerNorm(x, norm, width, epsilon: configuration.fixedEpsilon, in: &graph)
        graph.addOutput("stage\(stage)", try graph.add(Transpose([0, 3, 1, 2]), normed))
      }
      stage += 1
    }
    try finish(x)
    return graph
  }

  private func stageNorm(_ stage: Int) -> String? {
    names.stageNorms(stage).first { weights.contains($0 + ".weight") }
  }

  /// Whether the network serves dense tasks: then windows are never clamped.
  private var isDense: Bool { (0..<8).contains { stageNorm($0) != nil } }

  // MARK: Maps

  private mutating func embedded() throws -> ValueID {
    let (convolution, norm) = names.embedding
    let extents = try weights.shape(convolution + ".weight", role: "patch embedding").extents
    guard extents.count == 4, extents.allSatisfy({ $0 > 0 }) else {
      throw BackboneError.shape(
        tensor: convolution + ".weight", expected: "[width, channels, height, width]", found: Shape(extents))
    }
    let (h, w) = (Dimension.symbol("H"), Dimension.symbol("W"))
    let input = graph.addInput("input", TensorType(.float32, [.symbol("N"), Dimension(extents[1]), h, w]))
    let after = zip([h, w], extents[2...]).map { extent, patch in
      (extent + Dimension(patch - 1)).floorDivided(by: patch) * Dimension(patch) - extent
    }
    let padded = try graph.add(Pad(before: [0, 0, 0, 0], after: [0, 0] + after), input)
    let map = try weights.convolution(padded, convolution, extents, in: &graph)
    width = extents[0]
    homeMap = configuration.image.map { [$0.height / extents[2], $0.width / extents[3]] }
    let x = try graph.add(Transpose([0, 2, 3, 1]), map)
    guard weights.contains(norm + ".weight") else { return x }
    return try weights.layerNorm(x, norm, width, epsilon: configuration.fixedEpsilon, in: &graph)
  }

  /// Each 2x2 positions, column by column, become one of four times the width, which is then reduced.
  private mutating func merged(_ x: ValueID, _ prefix: String) throws -> ValueID {
    let windowing = Windowing(window: [2, 2], scan: .columns)
    let map = graph.type(of: x).dimensions
    let grid = windowing.grid(map[1], map[2])
    let quads = try graph.add(WindowPartition(windowing), x)
    let joined = try graph.add(Reshape([map[0], grid[0], grid[1], Dimension(4 * width)]), quads)
    let normed = try weights.layerNorm(
      joined, prefix + "norm", 4 * width, epsilon: configuration.fixedEpsilon, in: &graph)
    let reduced = try weights.linear(normed, prefix + "reduction", 4 * width, in: &graph)
    width = graph.type(of: reduced).dimensions[3].constant ?? 0
    homeMap = homeMap?.map { names.source == .timm ? ($0 + 1) / 2 : $0 / 2 }
    return reduced
  }

  private mutating func finish(_ x: ValueID) throws {
    let isNormed = weights.contains(names.norm + ".weight")
    guard isNormed || graph.outputs.isEmpty else { return }
    var features = x
    if isNormed {
      features = try weights.layerNorm(x, names.norm, width, epsilon: configuration.epsilon, in: &graph)
    }
    let map = graph.type(of: x).dimensions
    let tokens = try graph.add(Reshape([map[0], map[1] * map[2], map[3]]), features)
    graph.addOutput("features", names.source == .transformers ? tokens : features)
    guard isNormed else { return }
    var pooled = try graph.add(Mean(axis: 1), tokens)
    if weights.contains(names.head + ".weight") { pooled = try weights.linear(pooled, names.head, width, in: &graph) }
    graph.addOutput("logits", pooled)
  }

  // MARK: Blocks

  private mutating func block(
    _ input: ValueID, _ stage: Int, _ index: Int, _ masks: inout [Windowing: ValueID]
  ) throws -> ValueID {
    let prefix = names.block(stage, index)
    let windowing = try windowing(stage, index)
    var x = input
    let mixed = try attended(norm(x, prefix + names.attentionNorm), prefix, windowing, &masks)
    x = try graph.add(Binary(.add), x, mixed)
    let name = "layers.\(stage).blocks.\(index)"
    graph.addSite(Site(block: name, slot: 1, stage: stage, layout: .nhwc, value: x))
    let hidden = try weights.shape(prefix + names.expansion + ".weight", role: "MLP").extents.first ?? 0
    let expanded = try weights.linear(
      norm(x, prefix + names.mlpNorm), prefix + names.expansion, width, hidden, in: &graph)
    let contracted = try weights.linear(
      graph.add(GELU(configuration.gelu), expanded), prefix + names.contraction, hidden, width, in: &graph)
    x = try graph.add(Binary(.add), x, contracted)
    graph.addSite(Site(block: name, slot: 2, stage: stage, layout: .nhwc, value: x))
    return x
  }

  private mutating func attended(
    _ x: ValueID, _ prefix: String, _ windowing: Windowing, _ masks: inout [Windowing: ValueID]
  ) throws -> ValueID {
    let windows = try graph.add(WindowPartition(windowing), x)
    let parts = try queryKeyValue(windows, prefix)
    let inner = graph.type(of: parts[0]).dimensions[3].constant ?? 0
    let positions = (2 * windowing.window[0] - 1) * (2 * windowing.window[1] - 1)
    let heads = try weights.shape(prefix + names.table, role: "relative positions").extents.last ?? 0
    guard heads > 0, inner % heads == 0 else {
      throw BackboneError.shape(
        tensor: prefix + names.table, expected: "[\(positions), a divisor of \(inner)]",
        found: try weights.shape(prefix + names.table, role: "relative positions"))
    }
    let table = try weights.load(prefix + names.table, [positions, heads], role: "relative positions", into: &graph)
    var biases = [try graph.add(RelativePositions(window: windowing.window), table)]
    if windowing.shift != [0, 0] {
      let mask = try masks[windowing] ?? mask(x, windowing)
      masks[windowing] = mask
      biases.append(mask)
    }
    let attention = Attention(heads: heads, scale: 1 / Double(inner / heads).squareRoot())
    let mixed = try graph.append(attention, parts + biases)[0]
    let projected = try weights.linear(mixed, prefix + names.projection, inner, width, in: &graph)
    let map = graph.type(of: x).dimensions
    return try graph.add(WindowMerge(windowing, height: map[1], width: map[2]), projected)
  }

  /// -100 is what every source adds to the scores of positions that must not see each other.
  private mutating func mask(_ x: ValueID, _ windowing: Windowing) throws -> ValueID {
    let map = graph.type(of: x).dimensions
    let (grid, area) = (windowing.grid(map[1], map[2]), Dimension(windowing.area))
    let mask = try graph.append(WindowMask(windowing, grid: grid, value: -100), [])[0]
    return try graph.add(Reshape([grid[0] * grid[1], 1, area, area]), mask)
  }

  private mutating func queryKeyValue(_ x: ValueID, _ prefix: String) throws -> [ValueID] {
    guard names.queryKeyValue.count == 1 else {
      var parts: [ValueID] = []
      for name in names.queryKeyValue { parts.append(try weights.linear(x, prefix + name, width, in: &graph)) }
      return parts
    }
    let name = prefix + names.queryKeyValue[0]
    let shape = try weights.shape(name + ".weight", role: "linear")
    guard let rows = shape.extents.first, rows % 3 == 0 else {
      throw BackboneError.shape(tensor: name + ".weight", expected: "[3·width, \(width)]", found: shape)
    }
    let joint = try weights.linear(x, name, width, in: &graph)
    return try (0..<3).map { part in
      try graph.add(Slice(axis: 3, start: part * rows / 3, count: Dimension(rows / 3)), joint)
    }
  }

  private mutating func norm(_ x: ValueID, _ name: String) throws -> ValueID {
    try weights.layerNorm(x, name, width, epsilon: configuration.epsilon, in: &graph)
  }

  // MARK: Windows

  /// How a block cuts its map; every other block shifts it.
  private func windowing(_ stage: Int, _ index: Int) throws -> Windowing {
    let full = try window(stage, index)
    var windowing = Windowing(window: full, order: names.source == .timm ? .shiftFirst : .padFirst)
    let shift = index % 2 == 1 ? full.map { $0 / 2 } : [0, 0]
    switch names.source {
    case .transformers:
      windowing.shift = shift
      windowing.shiftsOnlyLargerMaps = !isDense && shift != [0, 0]
    case .timm:
      guard configuration.clamps, let map = homeMap else {
        windowing.shift = shift
        break
      }
      windowing.window = zip(map, full).map { max(1, min($0, $1)) }
      windowing.shift = (0..<2).map { map[$0] <= windowing.window[$0] ? 0 : shift[$0] }
    case .microsoft:
      let shifts =
        if isDense { true } else if masksAreStored {
          weights.contains(names.block(stage, index) + "attn_mask")
        } else { homeMap.map { $0.min() ?? 0 > full[0] } ?? true }
      windowing.shift = shifts ? shift : [0, 0]
    }
    return windowing
  }

  /// Rows and columns of the differences that a square window's table is of, `[side², heads]`.
  static func side(ofTable table: Shape) -> Int? {
    let differences = table.extents.first ?? 0
    let side = Int(Double(max(differences, 0)).squareRoot().rounded())
    return table.rank == 2 && side % 2 == 1 && side * side == differences ? side : nil
  }

  /// The window that the configuration states, or that the table of relative positions tells.
  private func window(_ stage: Int, _ index: Int) throws -> [Int] {
    let stated = configuration.window(stage)
    if names.source != .microsoft, let stated { return stated }
    let name = names.block(stage, index) + names.table
    let table = try weights.shape(name, role: "relative positions")
    guard let side = SwinBuilder.side(ofTable: table) else {
      throw BackboneError.shape(tensor: name, expected: "[the square of an odd number, heads]", found: table)
    }
    let window = (side + 1) / 2
    // Microsoft's classifiers have smaller windows where the map is smaller.
    guard let stated, stated != [window, window] else { return [window, window] }
    let home = isDense ? nil : homeMap?.min()
    guard let home, stated[0] == stated[1], home == window, stated[0] > window else {
      throw BackboneError.configValue(
        key: "window_size", expected: "\(window), as \(name) has", found: "\(stated[0])")
    }
    return [window, window]
  }
}
