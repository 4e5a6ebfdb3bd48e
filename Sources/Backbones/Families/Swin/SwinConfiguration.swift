import Graph

/// What a Swin's weights do not tell: read from timm's or transformers' config.json, or from ours.
struct SwinConfiguration: Sendable {
  /// Of the norms within blocks and of the last map.
  var epsilon = 1e-5
  /// Of the other norms.
  let fixedEpsilon = 1e-5
  var gelu = GELU.Form.exact
  /// The images that the network was made for; windows may be clamped to their maps.
  var image: (height: Int, width: Int)?
  /// Height and width of the windows before any clamping, for every stage or for each.
  var windows: [[Int]] = []
  /// Whether windows are clamped to maps that are no larger.
  var clamps = true

  init(_ json: JSONValue) throws(BackboneError) {
    if json["architecture"] != nil || json["pretrained_cfg"] != nil {
      try read(timm: json)
    } else {
      epsilon = try json.epsilon("layer_norm_eps") ?? epsilon
      gelu = try GELU.Form(named: json.text("hidden_act") ?? "gelu", key: "hidden_act")
      image = try json.extents("image_size")
      windows = try json.windows("window_size") ?? []
      guard try json.flag("use_absolute_embeddings") != true else {
        throw .configUnsupported(key: "use_absolute_embeddings", found: "true")
      }
    }
  }

  /// The window of a stage before any clamping; nil where the configuration does not state it.
  func window(_ stage: Int) -> [Int]? {
    guard windows.count != 1 else { return windows[0] }
    return windows.indices.contains(stage) ? windows[stage] : nil
  }

  private mutating func read(timm json: JSONValue) throws(BackboneError) {
    let arguments = json["model_args"] ?? .object([:])
    if let unknown = arguments.keys.first(where: { !Self.knownArguments.contains($0) && arguments[$0] != nil }) {
      throw .configUnsupported(key: "model_args.\(unknown)", found: arguments[unknown].map { "\($0)" } ?? "null")
    }
    let stated = try arguments.text("global_pool")
    let topLevel = try json.text("global_pool")
    guard (stated ?? topLevel ?? "avg") == "avg" else {
      throw .configValue(key: "global_pool", expected: "avg", found: stated ?? topLevel ?? "")
    }
    let architecture = try json.text("architecture") ?? ""
    let words = architecture.split(separator: "_")
    guard words.first == "swin" || architecture.isEmpty else {
      throw .configUnsupported(key: "architecture", found: "\"\(architecture)\"")
    }
    image = try json.timmImageSize()
    guard image != nil else {
      throw .configMissing(key: "pretrained_cfg.input_size", meaning: "channels, height, width of the images")
    }
    if let stated = try arguments.windows("window_size") {
      windows = stated
    } else if let known = Self.searchedWindows[architecture] {
      windows = known.map { [$0, $0] }
    } else {
      let named = words.first { $0.hasPrefix("window") }.flatMap { Int($0.dropFirst(6)) } ?? 7
      windows = [[named, named]]
    }
    clamps = try arguments.flag("always_partition") != true
  }

  /// Arguments of timm's Swin that the tensors' names and shapes tell too, that inference ignores, or that are read
  /// here. Any other may change the network without a trace in its tensors.
  private static let knownArguments: Set<String> = [
    "img_size", "patch_size", "in_chans", "num_classes", "global_pool", "embed_dim", "depths", "num_heads",
    "head_dim", "window_size", "always_partition", "strict_img_size", "dynamic_img_size", "mlp_ratio", "qkv_bias",
    "drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate", "weight_init",
  ]

  /// The windows by stages of timm's registered networks that an architecture search has found.
  private static let searchedWindows = [
    "swin_s3_tiny_224": [7, 7, 14, 7], "swin_s3_small_224": [14, 14, 14, 7], "swin_s3_base_224": [7, 7, 14, 7],
  ]
}

extension JSONValue {
  /// One integer for all stages, two for height and width, or an entry for each stage.
  fileprivate func windows(_ key: String) throws(BackboneError) -> [[Int]]? {
    guard case .array(let entries)? = self[key] else {
      return try extents(key).map { [[$0.height, $0.width]] }
    }
    let isPair = entries.count == 2 && !entries.contains { if case .array = $0 { true } else { false } }
    let parts = isPair ? [.array(entries)] : entries
    var windows: [[Int]] = []
    for part in parts {
      guard let window = try JSONValue.object([key: part]).extents(key) else { continue }
      windows.append([window.height, window.width])
    }
    return windows
  }
}
