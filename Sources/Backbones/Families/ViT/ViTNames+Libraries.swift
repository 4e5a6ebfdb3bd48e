extension ViTNames {
  private static let pretrainingOnly = [
    ("decoder", "the decoder of masked pretraining"),
    ("mask_token", "stands for masked patches in pretraining"),
  ]

  /// timm; the MAE authors' and Microsoft's checkpoints use the same names.
  static let timm = ViTNames(
    patch: "patch_embed.proj", classToken: "cls_token", position: "pos_embed", distillationToken: "dist_token",
    registers: "reg_token", preNorm: "norm_pre",
    block: { "blocks.\($0)." }, norm1: "norm1", norm2: "norm2", attentionOutput: "attn.proj", hidden: "mlp.fc1",
    output: "mlp.fc2", projections: .joint("attn.qkv"),
    norm: "norm", pooledNorm: "fc_norm", heads: ["head"], poolsDistillation: true, unused: pretrainingOnly)

  /// AdaptFormer's form of MAE, which the AdaRoute authors use.
  static let separate = {
    var names = timm
    names.projections = .separate(q: "attn.q_proj", k: "attn.k_proj", v: "attn.v_proj")
    names.hidden = "fc1"
    names.output = "fc2"
    return names
  }()

  /// transformers' ViT, DeiT and MAE; `prefix` is `vit.` or `deit.` in a model with a head and empty in a bare one.
  static func transformers(_ prefix: String) -> ViTNames {
    ViTNames(
      patch: prefix + "embeddings.patch_embeddings.projection", classToken: prefix + "embeddings.cls_token",
      position: prefix + "embeddings.position_embeddings",
      distillationToken: prefix + "embeddings.distillation_token",
      block: { prefix + "encoder.layer.\($0)." }, norm1: "layernorm_before", norm2: "layernorm_after",
      attentionOutput: "attention.output.dense", hidden: "intermediate.dense", output: "output.dense",
      projections: .separate(
        q: "attention.attention.query", k: "attention.attention.key", v: "attention.attention.value"),
      norm: prefix + "layernorm", pooledNorm: prefix + "fc_norm", heads: ["classifier", "cls_classifier"],
      distillationHead: "distillation_classifier", pooling: .classToken,
      unused: [
        (prefix + "pooler.", "the pooler of a bare model, which classification does not use"),
        (prefix + "embeddings.mask_token", "stands for masked patches in pretraining"),
        ("decoder.", "the decoder of masked pretraining"),
      ])
  }

  /// transformers' DINOv2, with registers or without; its head reads the class token and the patches' mean.
  static func transformersDINOv2(_ prefix: String) -> ViTNames {
    var names = transformers(prefix)
    names.distillationToken = nil
    names.registers = prefix + "embeddings.register_tokens"
    names.norm1 = "norm1"
    names.norm2 = "norm2"
    names.hidden = "mlp.fc1"
    names.output = "mlp.fc2"
    names.scale1 = "layer_scale1.lambda1"
    names.scale2 = "layer_scale2.lambda1"
    names.heads = ["classifier"]
    names.pooling = .classTokenAndMean
    return names
  }

  /// The vision half of CLIP in transformers; its last norm is that of the class token alone.
  static let transformersCLIP = {
    var names = separate
    names.patch = "vision_model.embeddings.patch_embedding"
    names.classToken = "vision_model.embeddings.class_embedding"
    names.position = "vision_model.embeddings.position_embedding.weight"
    names.hasTables = true
    (names.distillationToken, names.registers) = (nil, nil)
    names.preNorm = "vision_model.pre_layrnorm"
    names.block = { "vision_model.encoder.layers.\($0)." }
    (names.norm1, names.norm2) = ("layer_norm1", "layer_norm2")
    names.projections = .separate(q: "self_attn.q_proj", k: "self_attn.k_proj", v: "self_attn.v_proj")
    names.attentionOutput = "self_attn.out_proj"
    (names.hidden, names.output) = ("mlp.fc1", "mlp.fc2")
    (names.norm, names.pooledNorm) = (nil, "vision_model.post_layernorm")
    names.heads = ["visual_projection"]
    names.pooling = .classToken
    names.unused = [("vision_model.embeddings.position_ids", "the positions' numbers, which are their order")]
    return names
  }()
}
