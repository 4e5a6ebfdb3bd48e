extension ViTConfiguration {
  init(timm json: JSONValue) throws(BackboneError) {
    let arguments = json["model_args"] ?? .object([:])
    try ViTConfiguration.refuseUnknown(arguments)
    guard let image = try json.timmImageSize() else {
      throw .configMissing(key: "pretrained_cfg.input_size", meaning: "channels, height, width of the images")
    }
    let architecture = TimmArchitecture(try json.text("architecture") ?? "")
    guard architecture.isKnown else {
      throw .configUnsupported(key: "architecture", found: "\"\(architecture.name)\"")
    }
    guard let heads = try arguments.integer("num_heads") ?? architecture.heads else {
      throw .configMissing(
        key: "model_args.num_heads", meaning: "the number of attention heads of \(architecture.name)")
    }
    self.init(image: image, heads: heads, epsilon: architecture.epsilon, gelu: architecture.activation)
    self.arguments = arguments
    let stated = try arguments.text("global_pool")
    let topLevel = try json.text("global_pool")
    pooling = try (stated ?? topLevel).map { name throws(BackboneError) in try ViTConfiguration.pooling(name) }
  }

  private static func pooling(_ name: String) throws(BackboneError) -> ViTPooling {
    switch name {
    case "token": .classToken
    case "avg": .mean
    case "map": .attention
    default: throw .configValue(key: "global_pool", expected: "token, avg or map", found: name)
    }
  }

  /// Arguments of timm's VisionTransformer that the tensors' names and shapes tell too, that inference ignores, or
  /// that are read here. Any other may change the network without a trace in its tensors.
  private static let knownArguments: Set<String> = [
    "img_size", "patch_size", "in_chans", "num_classes", "global_pool", "embed_dim", "depth", "num_heads",
    "mlp_ratio", "qkv_bias", "proj_bias", "class_token", "fc_norm", "pos_embed", "dynamic_img_size",
    "dynamic_img_pad", "strict_img_size", "drop_rate", "pos_drop_rate", "patch_drop_rate", "proj_drop_rate",
    "attn_drop_rate", "drop_path_rate", "weight_init", "init_values", "reg_tokens", "no_embed_class", "pre_norm",
    "use_abs_pos_emb", "use_rel_pos_bias", "use_shared_rel_pos_bias", "use_fc_norm", "head_init_scale",
  ]

  private static func refuseUnknown(_ arguments: JSONValue) throws(BackboneError) {
    if let unknown = arguments.keys.first(where: { !knownArguments.contains($0) && arguments[$0] != nil }) {
      throw .configUnsupported(key: "model_args.\(unknown)", found: arguments[unknown].map { "\($0)" } ?? "null")
    }
    if let found = arguments["pos_embed"], found != .string("learn") {
      throw .configUnsupported(key: "model_args.pos_embed", found: "\(found)")
    }
  }
}
