import Graph

/// Semantic segmentation as mmsegmentation's EncoderDecoder: a backbone and one head, its result `logits`.
struct EncoderDecoder: DenseNetwork {
  static let identifier = "EncoderDecoder"
  static let task = DenseTask.segment

  let head: UPerHead
  var classes: Int { head.classes }

  init(_ json: JSONValue) throws(BackboneError) {
    try json.requireKnown(
      ["type", "backbone", "decode_head", "auxiliary_head", "train_cfg", "test_cfg", "pretrained", "init_cfg"],
      in: "model")
    guard let settings = json["decode_head"] else {
      throw .configMissing(key: "decode_head", meaning: "the head's settings")
    }
    head = try UPerHead(settings)
    _ = try SegmentationSettings(json)
  }

  func build(_ maps: [ValueID], _ weights: inout Weights, in graph: inout Graph) throws {
    graph.addOutput("logits", try head.build(maps, &weights, in: &graph))
  }
}

/// How a segmentation network is applied to an image of any size: `test_cfg`.
public struct SegmentationSettings: Hashable, Sendable {
  public struct Windows: Hashable, Sendable {
    /// Height and width, in pixels of the network's input.
    public let crop: (height: Int, width: Int)
    public let stride: (height: Int, width: Int)

    public init(crop: (height: Int, width: Int), stride: (height: Int, width: Int)) {
      self.crop = crop
      self.stride = stride
    }

    public static func == (a: Windows, b: Windows) -> Bool { a.crop == b.crop && a.stride == b.stride }
    public func hash(into hasher: inout Hasher) {
      for extent in [crop.height, crop.width, stride.height, stride.width] { hasher.combine(extent) }
    }
  }

  /// Nil where the whole image is looked at at once.
  public let windows: Windows?
  public let classes: Int

  init(_ json: JSONValue) throws(BackboneError) {
    let test = json["test_cfg"] ?? .object([:])
    try test.requireKnown(["mode", "crop_size", "stride"], in: "test_cfg")
    classes = try json["decode_head"]?.integer("num_classes") ?? 0
    switch try test.text("mode") ?? "whole" {
    case "whole": windows = nil
    case "slide":
      guard let crop = try test.extents("crop_size"), let stride = try test.extents("stride") else {
        throw .configMissing(key: "test_cfg.crop_size and test_cfg.stride", meaning: "the windows of mode slide")
      }
      windows = Windows(crop: crop, stride: stride)
    case let mode: throw .configValue(key: "test_cfg.mode", expected: "whole or slide", found: "\"\(mode)\"")
    }
  }
}

extension DenseConfiguration {
  /// How the network is applied to images; nil for other tasks.
  public var segmentation: SegmentationSettings? {
    get throws(BackboneError) { task == .segment ? try SegmentationSettings(model) : nil }
  }
}
