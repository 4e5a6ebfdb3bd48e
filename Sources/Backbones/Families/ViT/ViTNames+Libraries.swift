import Graph

extension ViTNames {
  private static let pretrainingOnly = [
    ("decoder", "the decoder of masked pretraining"),
    ("mask_token", "stands for masked patches in pretraining"),
  ]

  /// timm; the MAE authors' and Microsoft's checkpoints use the same names.
  static let timm = ViTNames(
    patch: "patch_embed.proj", classToken: "cls_token", position: "pos_embed",
    positionSampling: .antialiasedBicubic, distillationToken: "dist_token", registers: "reg_token", preNorm: "norm_pre",
    block: { "blocks.\($0)." }, norm1: "norm1", norm2: "norm2", attentionOutput: "attn.proj", hidden: "mlp.fc1",
    output: "mlp.fc2", projections: .joint("attn.qkv"),
    norm: "norm", pooledNorm: "fc_norm", attentionPool: .timm, heads: ["head"], poolsDistillation: true,
    unused: pretrainingOnly)

  /// AdaptFormer's form of MAE, which the AdaRoute authors use.
  static let separate = {
    var names = timm
    names.positionSampling = .torchBicubic
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
  static func transformersCLIP(_ prefix: String) -> ViTNames {
    var names = separate
    names.patch = prefix + "embeddings.patch_embedding"
    names.classToken = prefix + "embeddings.class_embedding"
    names.position = prefix + "embeddings.position_embedding.weight"
    names.hasTables = true
    names.marks = [names.classToken]
    (names.distillationToken, names.registers) = (nil, nil)
    names.preNorm = prefix + "pre_layrnorm"
    names.block = { prefix + "encoder.layers.\($0)." }
    (names.norm1, names.norm2) = ("layer_norm1", "layer_norm2")
    names.projections = .separate(q: "self_attn.q_proj", k: "self_attn.k_proj", v: "self_attn.v_proj")
    names.attentionOutput = "self_attn.out_proj"
    (names.hidden, names.output) = ("mlp.fc1", "mlp.fc2")
    (names.norm, names.pooledNorm) = (nil, prefix + "post_layernorm")
    names.attentionPool = nil
    names.heads = ["visual_projection"]
    names.poolsDistillation = false
    names.pooling = .classToken
    names.unused = [(prefix + "embeddings.position_ids", "the positions' numbers, which are their order")]
    return names
  }

  /// The vision half of SigLIP in transformers: CLIP's blocks, no class token, attention that pools.
  static func transformersSigLIP(_ prefix: String) -> ViTNames {
    var names = transformersCLIP(prefix)
    (names.marks, names.preNorm) = (nil, nil)
    (names.norm, names.pooledNorm) = (prefix + "post_layernorm", prefix + "fc_norm")
    names.attentionPool = .transformers(prefix)
    names.heads = ["classifier"]
    names.pooling = nil
    return names
  }

  /// timm's BEiT and Microsoft's.
  static let timmBEiT = {
    var names = timm
    names.splitBiases = (q: "attn.q_bias", v: "attn.v_bias")
    (names.ownTable, names.sharedTable) = (
      "attn.relative_position_bias_table", "rel_pos_bias.relative_position_bias_table"
    )
    names.marks = ["blocks.0.attn.relative_position_bias_table", "rel_pos_bias.relative_position_bias_table"]
    (names.distillationToken, names.registers, names.preNorm, names.attentionPool) = (nil, nil, nil, nil)
    (names.scale1, names.scale2) = ("gamma_1", "gamma_2")
    names.poolsDistillation = false
    names.unused += [("lm_head.", "the head of masked pretraining")]
    return names
  }()

  /// transformers' BEiT; `prefix` is `beit.` in a model with a head and empty in a bare one.
  static func transformersBEiT(_ prefix: String) -> ViTNames {
    let table = "relative_position_bias.relative_position_bias_table"
    var names = transformers(prefix)
    (names.ownTable, names.sharedTable) = ("attention.attention." + table, prefix + "encoder." + table)
    names.marks = [names.block(0) + "attention.attention." + table, prefix + "encoder." + table]
    names.distillationToken = nil
    names.tableSampling = Sampling(.linear)
    (names.scale1, names.scale2) = ("lambda_1", "lambda_2")
    names.pooledNorm = prefix + "pooler.layernorm"
    names.heads = ["classifier"]
    names.pooling = nil
    names.unused = [
      (prefix + "embeddings.mask_token", "stands for masked patches in pretraining"),
      ("lm_head.", "the head of masked pretraining"),
    ]
    return names
  }
}
