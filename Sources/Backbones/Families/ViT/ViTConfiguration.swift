/// What a ViT's weights do not tell: read from timm's or transformers' config.json, or from ours.
struct ViTConfiguration: Sendable {
  var image: (height: Int, width: Int)
  var heads: Int
  var epsilon: Double
  var meanPooling: Bool
  var gelu: String

  init(_ json: JSONValue, width: Int) throws(BackboneError) {
    if json["architecture"] != nil || json["pretrained_cfg"] != nil {
      try self.init(timm: json, width: width)
    } else if json["num_hidden_layers"] != nil {
      try self.init(transformers: json)
    } else {
      try self.init(own: json)
    }
    guard heads > 0, width % heads == 0 else {
      throw .configValue(key: "heads", expected: "a divisor of the width \(width)", found: "\(heads)")
    }
  }

  private init(timm json: JSONValue, width: Int) throws(BackboneError) {
    let arguments = json["model_args"] ?? .object([:])
    try ViTConfiguration.refuseUnknown(arguments)
    if let size = try arguments.extents("img_size") {
      image = size
    } else if case .array(let size)? = json["pretrained_cfg"]?["input_size"], size.count == 3 {
      let map = JSONValue.object(["input_size": .array([size[1], size[2]])])
      image = try map.extents("input_size") ?? (0, 0)
    } else {
      throw .configMissing(key: "pretrained_cfg.input_size", meaning: "channels, height, width of the images")
    }
    let architecture = try json.text("architecture") ?? ""
    if let stated = try arguments.integer("num_heads") {
      heads = stated
    } else if let known = ViTConfiguration.heads(architecture) {
      heads = known
    } else {
      throw .configMissing(key: "model_args.num_heads", meaning: "the number of attention heads of \(architecture)")
    }
    epsilon = 1e-6
    let stated = try arguments.text("global_pool")
    let topLevel = try json.text("global_pool")
    let pool = stated ?? topLevel ?? "token"
    guard ["token", "avg"].contains(pool) else {
      throw .configValue(key: "global_pool", expected: "token or avg", found: pool)
    }
    meanPooling = pool == "avg"
    gelu = "gelu"
  }

  /// Arguments of timm's VisionTransformer that the tensors' names and shapes tell too, that inference ignores, or
  /// that are read here. Any other may change the network without a trace in its tensors.
  private static let knownArguments: Set<String> = [
    "img_size", "patch_size", "in_chans", "num_classes", "global_pool", "embed_dim", "depth", "num_heads",
    "mlp_ratio", "qkv_bias", "proj_bias", "class_token", "fc_norm", "pos_embed", "dynamic_img_size",
    "dynamic_img_pad", "strict_img_size", "drop_rate", "pos_drop_rate", "patch_drop_rate", "proj_drop_rate",
    "attn_drop_rate", "drop_path_rate", "weight_init",
  ]

  private static func refuseUnknown(_ arguments: JSONValue) throws(BackboneError) {
    if let unknown = arguments.keys.first(where: { !knownArguments.contains($0) && arguments[$0] != nil }) {
      throw .configUnsupported(key: "model_args.\(unknown)", found: arguments[unknown].map { "\($0)" } ?? "null")
    }
    for (key, wanted) in [("pos_embed", JSONValue.string("learn")), ("class_token", .bool(true))] {
      guard let found = arguments[key], found != wanted else { continue }
      throw .configUnsupported(key: "model_args.\(key)", found: "\(found)")
    }
  }

  /// timm's registered sizes, by the word in the architecture's name.
  private static func heads(_ architecture: String) -> Int? {
    let sizes = [
      "tiny": 3, "small": 6, "base": 12, "large": 16, "huge": 16, "giant": 16, "gigantic": 16,
    ]
    return architecture.split(separator: "_").compactMap { sizes[String($0)] }.first
  }

  private init(transformers json: JSONValue) throws(BackboneError) {
    guard let size = try json.extents("image_size") else {
      throw .configMissing(key: "image_size", meaning: "height and width of the images")
    }
    image = size
    guard let stated = try json.integer("num_attention_heads") else {
      throw .configMissing(key: "num_attention_heads", meaning: "the number of attention heads")
    }
    heads = stated
    epsilon = try json.number("layer_norm_eps") ?? 1e-12
    meanPooling = false
    gelu = try json.text("hidden_act") ?? "gelu"
  }

  private init(own json: JSONValue) throws(BackboneError) {
    guard let size = try json.extents("image_size") else {
      throw .configMissing(key: "image_size", meaning: "height and width of the images")
    }
    image = size
    guard let stated = try json.integer("num_heads") else {
      throw .configMissing(key: "num_heads", meaning: "the number of attention heads")
    }
    heads = stated
    epsilon = try json.number("layer_norm_eps") ?? 1e-6
    meanPooling = try json.flag("global_pool") ?? false
    gelu = "gelu"
  }
}
