import Graph

/// What a ViT's weights do not tell: read from timm's or transformers' config.json, or from ours.
struct ViTConfiguration: Sendable {
  var image: (height: Int, width: Int)
  var heads: Int
  var epsilon: Double
  /// Nil where the configuration leaves it to the layout and the tensors.
  var pooling: ViTPooling?
  /// A norm after pooling means that the mean is pooled, unless the configuration states otherwise.
  var normsMean = true
  /// The activation, as transformers calls it.
  var gelu: String
  /// Blocks; nil where the configuration leaves the number to the tensors.
  var depth: Int?
  /// timm's arguments; what the tensors tell too must agree.
  var arguments = JSONValue.object([:])

  init(_ json: JSONValue, width: Int) throws(BackboneError) {
    if json["architecture"] != nil || json["pretrained_cfg"] != nil {
      try self.init(timm: json)
    } else if json["num_hidden_layers"] != nil {
      try self.init(transformers: json)
    } else {
      try self.init(own: json)
    }
    for (holder, key) in [(json, "depth"), (json, "num_hidden_layers"), (json["model_args"] ?? json, "depth")] {
      if let stated = try holder.integer(key) { depth = stated }
    }
    guard heads > 0, width % heads == 0 else {
      throw .configValue(key: "heads", expected: "a divisor of the width \(width)", found: "\(heads)")
    }
  }

  init(image: (height: Int, width: Int), heads: Int, epsilon: Double, gelu: String) {
    self.image = image
    self.heads = heads
    self.epsilon = epsilon
    self.gelu = gelu
  }

  private init(own json: JSONValue) throws(BackboneError) {
    guard let size = try json.extents("image_size") else {
      throw .configMissing(key: "image_size", meaning: "height and width of the images")
    }
    guard let heads = try json.integer("num_heads") else {
      throw .configMissing(key: "num_heads", meaning: "the number of attention heads")
    }
    self.init(image: size, heads: heads, epsilon: try json.epsilon("layer_norm_eps") ?? 1e-6, gelu: "gelu")
    if try json.flag("global_pool") ?? false { pooling = .mean }
    normsMean = false
  }

  /// The activation's form.
  func form() throws(BackboneError) -> GELU.Form { try GELU.Form(named: gelu, key: "hidden_act") }

  /// Refuses arguments that contradict what the tensors tell.
  func requireAgreement(_ facts: [String: JSONValue]) throws(BackboneError) {
    for key in arguments.keys {
      guard let fact = facts[key], let found = arguments[key], found != fact else { continue }
      throw .configUnsupported(key: "model_args.\(key)", found: "\(found)")
    }
  }
}

extension Sampling {
  /// torch.nn.functional.interpolate(mode="bicubic", align_corners=False).
  static let torchBicubic = Sampling(.cubic)
  /// The same with antialias=True: Pillow's filter.
  static let antialiasedBicubic = Sampling(
    .cubic, antialiases: true, cubicCoefficient: -0.5, excludesOutside: true)
}
