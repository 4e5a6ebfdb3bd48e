import Backbones
import Graph
import Tensors
import Testing

/// SigLIP and BEiT: what their configurations and tensors may say.
@Suite struct ViTRelativesTests {
  private func build(
    _ fixture: String, _ tensors: ChangedTensors? = nil, architecture: String? = nil, _ arguments: [String: JSONValue]
  ) throws -> Backbone {
    let names = ["timm_siglip": "vit_base_patch16_siglip_224", "timm_beit": "beit_base_patch16_224"]
    let sound: [String: JSONValue] = [
      "img_size": .number(32), "patch_size": .number(8), "embed_dim": .number(48), "num_heads": .number(3),
    ]
    return try buildBackbone(
      tensors ?? ChangedTensors(fixture),
      configuration: .object([
        "architecture": .string(architecture ?? names[fixture] ?? ""),
        "model_args": .object(sound.merging(arguments) { $1 }),
      ]))
  }

  /// timm gives some of its SigLIP networks the approximate GELU.
  @Test(arguments: [
    ("vit_base_patch16_siglip_224", GELU.Form.exact), ("vit_base_patch32_siglip_256", .tanh),
    ("vit_large_patch16_siglip_384", .exact), ("vit_large_patch16_siglip_512", .tanh),
    ("vit_so400m_patch14_siglip_384", .exact), ("vit_so400m_patch16_siglip_384", .tanh),
    ("vit_giantopt_patch16_siglip_256", .tanh),
  ])
  func activationsAreTimms(_ architecture: String, _ form: GELU.Form) throws {
    let graph = try build("timm_siglip", architecture: architecture, [:]).graph
    #expect(Set(graph.orderedNodes().compactMap { ($0.op as? GELU)?.form }) == [form])
  }

  @Test func everyTensorIsAccountedFor() throws {
    for fixture in ["timm_siglip", "timm_beit"] {
      let tensors = try ChangedTensors(fixture)
      let account = try build(fixture, tensors, [:]).account
      #expect(account.mapped == tensors.names && account.unused.isEmpty)
    }
  }

  /// Microsoft's checkpoints keep the index into the table.
  @Test func indicesFollowFromTheGrid() throws {
    var tensors = try ChangedTensors("timm_beit")
    tensors.added["blocks.0.attn.relative_position_index"] = "fc_norm.bias"
    #expect(try build("timm_beit", tensors, [:]).account.unused.map(\.reason) == ["follows from the grid"])
  }

  @Test func poolingNeedsItsTensors() throws {
    #expect(
      throws: BackboneError.configValue(
        key: "global_pool", expected: "token or avg, as no attention pools", found: "map")
    ) { try build("timm_beit", nil, ["global_pool": .string("map")]) }
    #expect(
      throws: BackboneError.configValue(
        key: "global_pool", expected: "the mean, as there is no class token", found: "classToken")
    ) { try build("timm_siglip", nil, ["global_pool": .string("token")]) }
    var tensors = try ChangedTensors("timm_siglip")
    tensors.missing = ["attn_pool.kv.weight"]
    #expect(throws: BackboneError.missingTensor(name: "attn_pool.kv.weight", role: "linear")) {
      try build("timm_siglip", tensors, [:])
    }
  }

  @Test func tablesFitTheGrid() throws {
    let table = "blocks.0.attn.relative_position_bias_table"
    #expect(throws: BackboneError.shape(tensor: table, expected: "[84, 3]", found: [52, 3])) {
      try build("timm_beit", nil, ["img_size": .number(40)])
    }
    #expect(
      throws: BackboneError.configUnsupported(key: "model_args.use_rel_pos_bias", found: "false")
    ) { try build("timm_beit", nil, ["use_rel_pos_bias": .bool(false)]) }
  }
}
