import Backbones
import Grafting
import Graph
import Tensors
import Testing

/// Swin checkpoints with one thing changed.
@Suite struct SwinTests {
  private func timm(_ change: [String: JSONValue] = [:], architecture: String = "swin_tiny_patch4_window7_224")
    -> JSONValue
  {
    let arguments: [String: JSONValue] = ["img_size": .number(64), "window_size": .number(4)]
    return .object([
      "architecture": .string(architecture), "model_args": .object(arguments.merging(change) { $1 }),
    ])
  }

  private let transformers = JSONValue.object(["window_size": .number(4), "image_size": .number(64)])

  /// The tensors of timm's fixture under the names of Microsoft's repository.
  private func microsoft() throws -> ChangedTensors {
    var tensors = try ChangedTensors("timm_swin")
    tensors.rename { name in
      var parts = name.split(separator: ".").map(String.init)
      if parts.count > 2, parts[2] == "downsample", let stage = Int(parts[1]) { parts[1] = "\(stage - 1)" }
      if parts[0] == "head" { parts.remove(at: 1) }
      return parts.joined(separator: ".")
    }
    return tensors
  }

  private func windowings(_ graph: Graph) -> [Windowing] {
    graph.orderedNodes().compactMap { ($0.op as? WindowPartition)?.windowing }.filter { $0.scan == .rows }
  }

  @Test func eachBlockHasTwoSites() throws {
    let backbone = try buildBackbone(ChangedTensors("timm_swin"), configuration: timm())
    #expect(backbone.family == "swin")
    let blocks = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)].map { "layers.\($0.0).blocks.\($0.1)" }
    #expect(backbone.graph.sites.map(\.block) == blocks.flatMap { [$0, $0] })
    #expect(backbone.graph.sites.map(\.slot) == blocks.flatMap { _ in [1, 2] })
    #expect(backbone.graph.sites.map(\.stage) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    #expect(backbone.graph.sites.allSatisfy { $0.layout == .nhwc })
  }

  @Test func heightAndWidthStayOpen() throws {
    let graph = try buildBackbone(ChangedTensors("timm_swin"), configuration: timm()).graph
    #expect(graph.inputs.map { graph.type(of: $0.value).description } == ["f32 [N, 3, H, W]"])
    #expect(graph.outputs.map(\.name) == ["features", "logits"])
  }

  @Test func everyTensorIsAccountedFor() throws {
    for (name, configuration) in [("timm_swin", timm()), ("hf_swin", transformers)] {
      let tensors = try ChangedTensors(name)
      let account = try buildBackbone(tensors, configuration: configuration).account
      #expect(account.mapped == tensors.names && account.unused.isEmpty)
    }
    let dense = try ChangedTensors("parax_swin_conv357")
    let backbone = try buildBackbone(
      dense, configuration: .object([:]), setAside: AdaRouteMethod.ownsTensor)
    #expect(backbone.graph.outputs.map(\.name) == ["stage0", "stage1", "stage2", "stage3"])
    #expect(backbone.account.unused.count == 9)
    #expect(backbone.account.unused.allSatisfy { $0.reason == "follows from the window's extents" })
  }

  /// Microsoft's detectors and mmcv's call the stages' norms otherwise.
  @Test func otherNamesOfStageNorms() throws {
    var tensors = try ChangedTensors("parax_swin_conv357")
    tensors.rename { $0.replacing("extra_norm", with: "norm") }
    let backbone = try buildBackbone(tensors, configuration: .object([:]), setAside: AdaRouteMethod.ownsTensor)
    #expect(backbone.graph.outputs.map(\.name) == ["stage0", "stage1", "stage2", "stage3"])
  }

  // MARK: Windows

  @Test func timmClampsWindowsByExtent() throws {
    let graph = try buildBackbone(ChangedTensors("timm_swin"), configuration: timm()).graph
    #expect(windowings(graph).map(\.window) == [[Int]](repeating: [4, 4], count: 6))
    #expect(windowings(graph).map(\.shift) == [[0, 0], [2, 2], [0, 0], [2, 2], [0, 0], [0, 0]])
    #expect(windowings(graph).allSatisfy { $0.order == .shiftFirst })
    let wide = try buildBackbone(
      ChangedTensors("timm_swin"), configuration: timm(["img_size": .array([.number(64), .number(128)])])
    ).graph
    #expect(windowings(wide)[5].shift == [0, 2])
    let always = try buildBackbone(
      ChangedTensors("timm_swin"), configuration: timm(["always_partition": .bool(true)])
    ).graph
    #expect(windowings(always)[5].shift == [2, 2])
  }

  /// A map of 2x2 leaves a window of 2x2, whose table has 9 rows.
  @Test func clampedWindowsNeedSmallerTables() throws {
    #expect(
      throws: BackboneError.shape(
        tensor: "layers.2.blocks.0.attn.relative_position_bias_table", expected: "[9, 4]", found: [49, 4])
    ) { try buildBackbone(ChangedTensors("timm_swin"), configuration: timm(["img_size": .number(32)])) }
  }

  @Test func timmNamesWindowsByArchitecture() throws {
    let unstated = timm(["window_size": .null])
    #expect(
      throws: BackboneError.shape(
        tensor: "layers.0.blocks.0.attn.relative_position_bias_table", expected: "[169, 2]", found: [49, 2])
    ) { try buildBackbone(ChangedTensors("timm_swin"), configuration: unstated) }
    #expect(throws: Never.self) {
      try buildBackbone(
        ChangedTensors("timm_swin"),
        configuration: timm(["window_size": .null], architecture: "swin_base_patch4_window4_64"))
    }
    let searched = timm(["window_size": .null], architecture: "swin_s3_tiny_224")
    #expect(throws: BackboneError.self) { try buildBackbone(ChangedTensors("timm_swin"), configuration: searched) }
  }

  @Test func transformersShiftsLargerMapsOnly() throws {
    let graph = try buildBackbone(ChangedTensors("hf_swin"), configuration: transformers).graph
    #expect(windowings(graph).map(\.shift) == [[0, 0], [2, 2], [0, 0], [2, 2], [0, 0], [2, 2]])
    #expect(windowings(graph).map(\.shiftsOnlyLargerMaps) == [false, true, false, true, false, true])
    #expect(windowings(graph).allSatisfy { $0.order == .padFirst })
  }

  @Test func denseNetworksAlwaysShift() throws {
    let graph = try buildBackbone(
      ChangedTensors("parax_swin_conv357"), configuration: .object(["image_size": .number(64)]),
      setAside: AdaRouteMethod.ownsTensor
    ).graph
    let (zero, two) = ([0, 0], [2, 2])
    #expect(windowings(graph).map(\.shift) == [zero, two, zero, two, zero, two, zero, zero, two])
    #expect(windowings(graph).allSatisfy { $0.window == [4, 4] })
  }

  /// What Microsoft's classifier does not shift, its checkpoint has no mask for, or the image size tells.
  @Test func microsoftsClassifiers() throws {
    let (zero, two) = ([0, 0], [2, 2])
    func shifts(_ tensors: ChangedTensors, _ configuration: [String: JSONValue]) throws -> [[Int]] {
      windowings(try buildBackbone(tensors, configuration: .object(configuration)).graph).map(\.shift)
    }
    var tensors = try microsoft()
    #expect(try shifts(tensors, [:]) == [zero, two, zero, two, zero, two])
    #expect(try shifts(tensors, ["image_size": .number(64)]) == [zero, two, zero, two, zero, zero])
    tensors.added["layers.0.blocks.1.attn_mask"] = "norm.bias"
    #expect(try shifts(tensors, [:]) == [zero, two, zero, zero, zero, zero])
  }

  @Test func statedWindowsMustFitTheTables() throws {
    let table = "layers.0.blocks.0.attn.relative_position_bias_table"
    #expect(throws: BackboneError.configValue(key: "window_size", expected: "4, as \(table) has", found: "7")) {
      try buildBackbone(microsoft(), configuration: .object(["window_size": .number(7)]))
    }
    #expect(throws: Never.self) {
      try buildBackbone(microsoft(), configuration: .object(["window_size": .number(4)]))
    }
    #expect(
      throws: BackboneError.shape(
        tensor: "swin.encoder.layers.0.blocks.0.attention.self.relative_position_bias_table", expected: "[25, 2]",
        found: [49, 2])
    ) { try buildBackbone(ChangedTensors("hf_swin"), configuration: .object(["window_size": .number(3)])) }
  }

  // MARK: Wrong tensors

  @Test func tablesAreSquaresOfOddNumbers() throws {
    let table = "layers.1.blocks.1.attn.relative_position_bias_table"
    var tensors = try microsoft()
    tensors.missing.insert(table)
    tensors.added[table] = "layers.1.blocks.0.mlp.fc1.weight"
    #expect(
      throws: BackboneError.shape(
        tensor: table, expected: "[the square of an odd number, heads]", found: [128, 32])
    ) { try buildBackbone(tensors, configuration: .object([:])) }
  }

  @Test func headsDivideTheWidth() throws {
    let table = "layers.1.blocks.1.attn.relative_position_bias_table"
    var tensors = try ChangedTensors("timm_swin")
    tensors.missing = [table]
    tensors.added[table] = "layers.1.blocks.0.norm1.weight"
    #expect(
      throws: BackboneError.shape(tensor: table, expected: "[49, 32]", found: [32])
    ) { try buildBackbone(tensors, configuration: timm()) }
    tensors.added[table] = "layers.1.blocks.0.attn.qkv.weight"
    #expect(
      throws: BackboneError.shape(tensor: table, expected: "[49, 32]", found: [96, 32])
    ) { try buildBackbone(tensors, configuration: timm()) }
    tensors.added[table] = "layers.2.blocks.0.attn.proj.weight"
    #expect(
      throws: BackboneError.shape(tensor: table, expected: "[49, a divisor of 32]", found: [64, 64])
    ) { try buildBackbone(tensors, configuration: timm()) }
  }

  @Test func tensorsWithoutAPlaceAreRefused() throws {
    var tensors = try ChangedTensors("timm_swin")
    tensors.added = ["absolute_pos_embed": "norm.weight", "layers.2.blocks.7.norm1.bias": "norm.bias"]
    #expect(throws: BackboneError.unexpectedTensors(["absolute_pos_embed", "layers.2.blocks.7.norm1.bias"])) {
      try buildBackbone(tensors, configuration: timm())
    }
  }

  @Test(arguments: [
    ("layers.1.downsample.norm.weight", "norm"), ("layers.2.downsample.reduction.weight", "linear"),
    ("layers.0.blocks.1.attn.qkv.weight", "linear"), ("layers.2.blocks.0.mlp.fc1.weight", "MLP"),
    ("layers.2.blocks.0.norm2.bias", "norm"),
  ])
  func missingTensorsAreNamed(_ name: String, _ role: String) throws {
    var tensors = try ChangedTensors("timm_swin")
    tensors.missing = [name]
    #expect(throws: BackboneError.missingTensor(name: name, role: role)) {
      try buildBackbone(tensors, configuration: timm())
    }
  }

  // MARK: Configurations

  @Test(arguments: [
    ("norm_layer", JSONValue.string("rmsnorm")), ("embed_layer", .string("hybrid")), ("act_layer", .string("relu")),
  ])
  func timmsArgumentsAreKnownOrRefused(_ key: String, _ value: JSONValue) throws {
    #expect(throws: BackboneError.configUnsupported(key: "model_args.\(key)", found: "\(value)")) {
      try buildBackbone(ChangedTensors("timm_swin"), configuration: timm([key: value]))
    }
  }

  @Test func otherNetworksAndPoolingsAreRefused() throws {
    let tensors = try ChangedTensors("timm_swin")
    #expect(throws: BackboneError.configUnsupported(key: "architecture", found: "\"swinv2_tiny_window8_256\"")) {
      try buildBackbone(tensors, configuration: timm(architecture: "swinv2_tiny_window8_256"))
    }
    #expect(throws: BackboneError.configValue(key: "global_pool", expected: "avg", found: "max")) {
      try buildBackbone(tensors, configuration: timm(["global_pool": .string("max")]))
    }
    #expect(
      throws: BackboneError.configMissing(
        key: "pretrained_cfg.input_size", meaning: "channels, height, width of the images")
    ) { try buildBackbone(tensors, configuration: timm(["img_size": .null])) }
    #expect(throws: BackboneError.configUnsupported(key: "use_absolute_embeddings", found: "true")) {
      try buildBackbone(
        ChangedTensors("hf_swin"), configuration: .object(["use_absolute_embeddings": .bool(true)]))
    }
  }

  @Test func epsilonsAreTheSources() throws {
    func epsilons(_ name: String, _ configuration: JSONValue) throws -> Set<Double> {
      let nodes = try buildBackbone(ChangedTensors(name), configuration: configuration).graph.orderedNodes()
      return Set(nodes.compactMap { ($0.op as? LayerNorm)?.epsilon })
    }
    #expect(try epsilons("timm_swin", timm()) == [1e-5])
    let stated = JSONValue.object(["window_size": .number(4), "layer_norm_eps": .number(0.5)])
    #expect(try epsilons("hf_swin", stated) == [1e-5, 0.5])
  }
}
