/// Where a ViT checkpoint keeps its tensors.
struct ViTNames: Sendable {
  enum Projections: Hashable, Sendable {
    /// One matrix for q, k and v, in this order.
    case joint(String)
    case separate(q: String, k: String, v: String)
  }

  let patch, classToken, position: String
  let block: @Sendable (Int) -> String
  let norm1, norm2, attentionOutput, hidden, output: String
  let projections: Projections
  let norm, pooledNorm, head: String
  /// Tensors that such checkpoints hold though inference does not read them.
  let unused: [(prefix: String, reason: String)]

  private static let pretrainingOnly = [
    ("decoder", "the decoder of masked pretraining"),
    ("mask_token", "stands for masked patches in pretraining"),
  ]

  /// timm; the MAE authors' and Microsoft's checkpoints use the same names.
  static let timm = ViTNames(
    projections: .joint("attn.qkv"), hidden: "mlp.fc1", output: "mlp.fc2")

  /// AdaptFormer's form of MAE, which the AdaRoute authors use.
  static let separate = ViTNames(
    projections: .separate(q: "attn.q_proj", k: "attn.k_proj", v: "attn.v_proj"),
    hidden: "fc1", output: "fc2")

  private init(projections: Projections, hidden: String, output: String) {
    patch = "patch_embed.proj"
    classToken = "cls_token"
    position = "pos_embed"
    block = { "blocks.\($0)." }
    norm1 = "norm1"
    norm2 = "norm2"
    attentionOutput = "attn.proj"
    self.hidden = hidden
    self.output = output
    self.projections = projections
    norm = "norm"
    pooledNorm = "fc_norm"
    head = "head"
    unused = ViTNames.pretrainingOnly
  }

  /// transformers; `prefix` is `vit.` in a model with a head and empty in a bare one.
  init(transformers prefix: String) {
    patch = prefix + "embeddings.patch_embeddings.projection"
    classToken = prefix + "embeddings.cls_token"
    position = prefix + "embeddings.position_embeddings"
    block = { prefix + "encoder.layer.\($0)." }
    norm1 = "layernorm_before"
    norm2 = "layernorm_after"
    attentionOutput = "attention.output.dense"
    hidden = "intermediate.dense"
    output = "output.dense"
    projections = .separate(
      q: "attention.attention.query", k: "attention.attention.key", v: "attention.attention.value")
    norm = prefix + "layernorm"
    pooledNorm = prefix + "fc_norm"
    head = "classifier"
    unused = [
      (prefix + "pooler.", "the pooler of a bare model, which classification does not use"),
      (prefix + "embeddings.mask_token", "stands for masked patches in pretraining"),
      ("decoder.", "the decoder of masked pretraining"),
    ]
  }

  /// The names that fit a checkpoint; nil where it is no ViT.
  static func matching(_ names: [String]) -> ViTNames? {
    let names = Set(names)
    let candidates = [timm, separate, ViTNames(transformers: "vit."), ViTNames(transformers: "")]
    return candidates.first { candidate in
      let first =
        switch candidate.projections {
        case .joint(let joint): joint
        case .separate(let q, _, _): q
        }
      return names.contains(candidate.position) && names.contains(candidate.block(0) + first + ".weight")
    }
  }
}
