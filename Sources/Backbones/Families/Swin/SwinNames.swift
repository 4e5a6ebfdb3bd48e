/// Where a Swin checkpoint keeps its tensors, and whose network it is.
struct SwinNames: Sendable {
  /// The libraries shift, pad and clamp windows differently.
  enum Source: Sendable { case microsoft, timm, transformers }

  let source: Source
  /// The convolution that embeds patches, and its norm.
  let embedding: (convolution: String, norm: String)
  let block: @Sendable (_ stage: Int, _ index: Int) -> String
  /// The layers before a stage, from the second stage on: `norm` and `reduction`.
  let merging: @Sendable (_ stage: Int) -> String
  let attentionNorm, mlpNorm, table, projection, expansion, contraction: String
  /// One joint projection, or three.
  let queryKeyValue: [String]
  /// The norm of the last map, and the head.
  let norm, head: String
  /// What the norm that ends a stage may be called in backbones for dense tasks.
  let stageNorms: @Sendable (_ stage: Int) -> [String]

  /// Microsoft's repositories for classification and for dense tasks; the AdaRoute authors use the same names.
  static let microsoft = SwinNames(
    .microsoft, merging: { "layers.\($0 - 1).downsample." }, head: "head",
    stageNorms: { ["extra_norm\($0)", "norm\($0)"] })

  static let timm = SwinNames(
    .timm, merging: { "layers.\($0).downsample." }, head: "head.fc", stageNorms: { ["extra_norm\($0)"] })

  private init(
    _ source: Source, merging: @escaping @Sendable (Int) -> String, head: String,
    stageNorms: @escaping @Sendable (Int) -> [String]
  ) {
    self.source = source
    embedding = ("patch_embed.proj", "patch_embed.norm")
    block = { "layers.\($0).blocks.\($1)." }
    self.merging = merging
    (attentionNorm, mlpNorm) = ("norm1", "norm2")
    (table, queryKeyValue) = ("attn.relative_position_bias_table", ["attn.qkv"])
    (projection, expansion, contraction) = ("attn.proj", "mlp.fc1", "mlp.fc2")
    norm = "norm"
    self.head = head
    self.stageNorms = stageNorms
  }

  /// `prefix` is the model's name and a dot in a model with a head, and empty in a bare one.
  init(transformers prefix: String) {
    source = .transformers
    embedding = (prefix + "embeddings.patch_embeddings.projection", prefix + "embeddings.norm")
    block = { prefix + "encoder.layers.\($0).blocks.\($1)." }
    merging = { prefix + "encoder.layers.\($0 - 1).downsample." }
    (attentionNorm, mlpNorm) = ("layernorm_before", "layernorm_after")
    table = "attention.self.relative_position_bias_table"
    queryKeyValue = ["attention.self.query", "attention.self.key", "attention.self.value"]
    (projection, expansion, contraction) = ("attention.output.dense", "intermediate.dense", "output.dense")
    norm = prefix + "layernorm"
    head = "classifier"
    stageNorms = { ["hidden_states_norms.stage\($0 + 1)"] }
  }

  /// The names that fit a checkpoint; nil where it is no Swin.
  static func matching(_ names: [String]) -> SwinNames? {
    let names = Set(names)
    // Both name their blocks alike; timm merges patches at the start of a stage.
    let isTimm = names.contains("head.fc.weight") || names.contains("layers.1.downsample.reduction.weight")
    let isMicrosoft = names.contains("layers.0.downsample.reduction.weight") || names.contains("head.weight")
    let candidates = [
      SwinNames(transformers: "swin."), SwinNames(transformers: ""), isTimm && !isMicrosoft ? timm : microsoft,
    ]
    return candidates.first { candidate in
      names.contains(candidate.embedding.convolution + ".weight")
        && names.contains(candidate.block(0, 0) + candidate.table)
    }
  }

  /// Why a tensor that no layer reads may be there.
  func reasonUnused(_ name: String) -> String? {
    if name.hasSuffix(".relative_position_index") || name.hasSuffix(".attn_mask") {
      return "follows from the window's extents"
    }
    return name.hasSuffix("embeddings.mask_token") ? "only pretraining masks patches" : nil
  }
}
