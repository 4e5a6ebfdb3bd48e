/// What the result of a dense network is.
public enum DenseTask: String, Hashable, Sendable, CaseIterable {
  /// A class for every pixel.
  case segment
  /// Boxes and masks of things.
  case detect
  /// For every pixel a class, and which thing of its class.
  case panoptic
}

/// A network for a dense task as configurations of mmsegmentation and mmdetection describe it: a backbone, and the
/// parts that read its maps.
public struct DenseConfiguration: Hashable, Sendable {
  public let task: DenseTask
  /// The classes that results name.
  public let classes: Int
  /// What a file keeps of the configuration, itself one: under `model` the dict without its backbone and without what
  /// only training reads, and how images are prepared where it is stated.
  public let json: JSONValue

  /// Reads the `model` dict: as it is, under `model` of a whole configuration, or under `model_cfg`. Nil where the
  /// JSON is no such configuration.
  public init?(_ configuration: JSONValue) throws(BackboneError) {
    guard let model = configuration.denseModel, case .object(let members) = model else { return nil }
    let network = try DenseCatalog.network(of: model)
    task = network.task
    var kept: [String: JSONValue] = [:]
    kept["model"] = .object(members.filter { !Self.unread.contains($0.key) && $0.value != .null })
    for key in Self.image { kept[key] = configuration[key] }
    json = .object(kept)
    // What is wrong is said now, not when the model is built or run.
    classes = try network.init(.object(members)).classes
  }

  /// Reads `json` back.
  public init(kept json: JSONValue) throws(BackboneError) {
    guard let configuration = try DenseConfiguration(json) else {
      throw .configMissing(key: "model", meaning: "the network for a dense task")
    }
    self = configuration
  }

  private static let image = ["img_norm_cfg", "img_scale", "test_pipeline"]
  private static let unread: Set<String> = ["backbone", "pretrained", "train_cfg", "auxiliary_head", "init_cfg"]

  var model: JSONValue { json["model"] ?? .object([:]) }

  func network() throws(BackboneError) -> any DenseNetwork { try DenseCatalog.network(of: model).init(model) }

  /// Whether a tensor of this name belongs to a part that reads the backbone's maps.
  public func owns(_ name: String) -> Bool {
    let part = name.prefix { $0 != "." }
    return part.count < name.count && (part == "neck" || part.hasSuffix("_head"))
  }
}

extension JSONValue {
  /// The `model` dict of mmsegmentation's and mmdetection's configurations; nil in other files.
  var denseModel: JSONValue? {
    for model in [self["model_cfg"], self["model"], self].compactMap({ $0 }) {
      let parts = ["backbone", "decode_head", "rpn_head"].compactMap { model[$0] }
      if model["type"] != nil, parts.contains(where: { if case .object = $0 { true } else { false } }) { return model }
    }
    return nil
  }

  /// The settings of the backbone in the form that families read: of a dense network's configuration, translated.
  var backboneSettings: JSONValue {
    get throws(BackboneError) {
      guard let model = denseModel else { return self }
      guard let backbone = model["backbone"] else {
        throw .configMissing(key: "backbone", meaning: "the settings of the backbone")
      }
      try backbone.requireKnown(Self.backboneKeys, in: "backbone") { $0.hasPrefix("parax_") }
      try backbone.require("ape", .bool(false), in: "backbone")
      try backbone.require("out_indices", .array([.number(0), .number(1), .number(2), .number(3)]), in: "backbone")
      var settings: [String: JSONValue] = [:]
      settings["window_size"] = backbone["window_size"]
      return .object(settings)
    }
  }

  /// Settings that the tensors' names and shapes tell too, that inference ignores, or that are read above.
  private static let backboneKeys: Set<String> = [
    "type", "pretrained", "init_cfg", "pretrain_img_size", "patch_size", "in_chans", "in_channels", "embed_dim",
    "embed_dims", "depths", "dims", "num_heads", "window_size", "mlp_ratio", "qkv_bias", "drop_rate",
    "attn_drop_rate", "drop_path_rate", "ape", "patch_norm", "out_indices", "frozen_stages", "use_checkpoint",
    "with_cp", "convert_weights", "layer_scale_init_value",
  ]

  /// Throws where there is a setting that is not known: it may change the network without a trace in its tensors.
  func requireKnown(
    _ keys: Set<String>, in owner: String, or isKnown: (String) -> Bool = { _ in false }
  ) throws(BackboneError) {
    for key in self.keys where !keys.contains(key) && !isKnown(key) {
      guard let value = self[key] else { continue }
      throw .configUnsupported(key: "\(owner).\(key)", found: "\(value)")
    }
  }

  /// Throws where a setting is stated and is not this value.
  func require(_ key: String, _ value: JSONValue, in owner: String) throws(BackboneError) {
    guard let found = self[key], found != value else { return }
    throw .configValue(key: "\(owner).\(key)", expected: "\(value)", found: "\(found)")
  }

  /// Throws where a setting is missing.
  func need<Value>(
    _ key: String, in owner: String, meaning: String,
    _ read: (JSONValue) throws(BackboneError) -> Value?
  ) throws(BackboneError) -> Value {
    guard let value = try read(self) else { throw .configMissing(key: "\(owner).\(key)", meaning: meaning) }
    return value
  }

  /// An integer of at least 1 that must be stated.
  func count(_ key: String, in owner: String, meaning: String) throws(BackboneError) -> Int {
    try need(key, in: owner, meaning: meaning) { (json) throws(BackboneError) in
      try json.integer(key, in: 1...1_000_000)
    }
  }

  /// A list of numbers; nil where there is none.
  func numbers(_ key: String) throws(BackboneError) -> [Double]? {
    guard let value = self[key] else { return nil }
    guard case .array(let items) = value else { throw .configValue(key: key, expected: "numbers", found: "\(value)") }
    var numbers: [Double] = []
    for item in items {
      guard case .number(let number) = item, number.isFinite else {
        throw .configValue(key: key, expected: "numbers", found: "\(value)")
      }
      numbers.append(number)
    }
    return numbers
  }
}
