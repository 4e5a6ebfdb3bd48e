import Graph

/// What a ConvNeXt's weights do not tell: read from timm's or transformers' config.json, or from ours.
struct ConvNeXtConfiguration: Sendable {
  /// Of the norms within the network, and of the one after pooling.
  var epsilon = 1e-6
  var pooledEpsilon = 1e-6
  var gelu = GELU.Form.exact
  /// The images that the network was made for, where it is stated.
  var image: (height: Int, width: Int)?

  init(_ json: JSONValue) throws(BackboneError) {
    if json["architecture"] != nil || json["pretrained_cfg"] != nil {
      try read(timm: json)
    } else if json["hidden_sizes"] != nil {
      // transformers fixes the other norms' epsilon.
      pooledEpsilon = try json.epsilon("layer_norm_eps") ?? 1e-12
      gelu = try GELU.Form(named: json.text("hidden_act") ?? "gelu", key: "hidden_act")
      image = try json.extents("image_size")
    } else {
      epsilon = try json.epsilon("layer_norm_eps") ?? epsilon
      pooledEpsilon = epsilon
      image = try json.extents("image_size")
    }
  }

  private mutating func read(timm json: JSONValue) throws(BackboneError) {
    let arguments = json["model_args"] ?? .object([:])
    if let unknown = arguments.keys.first(where: { !Self.knownArguments.contains($0) && arguments[$0] != nil }) {
      throw .configUnsupported(key: "model_args.\(unknown)", found: arguments[unknown].map { "\($0)" } ?? "null")
    }
    for (key, wanted) in Self.onlyKnownValues {
      guard let found = arguments[key], !wanted.contains(found) else { continue }
      throw .configUnsupported(key: "model_args.\(key)", found: "\(found)")
    }
    let stated = try arguments.text("global_pool")
    let topLevel = try json.text("global_pool")
    guard (stated ?? topLevel ?? "avg") == "avg" else {
      throw .configValue(key: "global_pool", expected: "avg", found: stated ?? topLevel ?? "")
    }
    let registered = try json.text("architecture") ?? ""
    epsilon = try arguments.epsilon("norm_eps") ?? Self.epsilons[registered] ?? epsilon
    pooledEpsilon = epsilon
    image = try json.timmImageSize()
    gelu = try GELU.Form(named: arguments.text("act_layer") ?? "gelu", key: "model_args.act_layer")
  }

  /// Arguments of timm's ConvNeXt that the tensors' names and shapes tell too, that inference ignores, or that are
  /// read here. Any other may change the network without a trace in its tensors.
  private static let knownArguments: Set<String> = [
    "in_chans", "num_classes", "global_pool", "output_stride", "depths", "dims", "kernel_sizes", "ls_init_value",
    "stem_type", "patch_size", "head_init_scale", "head_norm_first", "head_hidden_size", "conv_mlp", "conv_bias",
    "use_grn", "act_layer", "norm_layer", "norm_eps", "drop_rate", "drop_path_rate",
  ]

  private static let onlyKnownValues: [(key: String, values: [JSONValue])] = [
    ("output_stride", [.number(32)]), ("stem_type", [.string("patch")]), ("head_norm_first", [.bool(false)]),
    ("norm_layer", [.string("layernorm"), .string("layernorm2d")]),
  ]

  /// timm's registered networks whose norms have another epsilon.
  private static let epsilons = ["convnext_xxlarge": 1e-5, "test_convnext": 1e-5, "test_convnext2": 1e-5]
}
