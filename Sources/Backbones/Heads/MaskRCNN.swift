import Graph

/// Boxes and masks of things as mmdetection's MaskRCNN: a pyramid, proposals, and heads that look at regions.
///
/// Outputs `fpn.I` [N, c, h, w] and those of its heads.
struct MaskRCNN: DenseNetwork {
  static let identifier = "MaskRCNN"
  static let task = DenseTask.detect

  let settings: DetectionSettings
  var classes: Int { settings.classes }
  private let pyramid: FeaturePyramid
  private let proposing: RegionProposalHead
  private let regions: RegionHeads

  static let keys: Set<String> = [
    "type", "backbone", "neck", "rpn_head", "roi_head", "train_cfg", "test_cfg", "pretrained", "init_cfg",
  ]

  init(_ json: JSONValue) throws(BackboneError) { try self.init(json, keys: Self.keys) }

  init(_ json: JSONValue, keys: Set<String>) throws(BackboneError) {
    try json.requireKnown(keys, in: "model")
    guard let neck = json["neck"], let proposals = json["rpn_head"], let heads = json["roi_head"] else {
      throw .configMissing(key: "neck, rpn_head and roi_head", meaning: "the parts behind the backbone")
    }
    pyramid = try FeaturePyramid(neck)
    proposing = try RegionProposalHead(proposals)
    regions = try RegionHeads(heads)
    settings = try DetectionSettings(json, proposing, regions)
  }

  func build(_ maps: [ValueID], _ weights: inout Weights, in graph: inout Graph) throws {
    _ = try built(maps, &weights, &graph)
  }

  /// The pyramid's maps.
  func built(_ maps: [ValueID], _ weights: inout Weights, _ graph: inout Graph) throws -> [ValueID] {
    let maps = try pyramid.build(maps, &weights, in: &graph)
    for (level, map) in maps.enumerated() { graph.addOutput("fpn.\(level)", map) }
    try proposing.build(maps, &weights, in: &graph)
    try regions.build(maps, &weights, in: &graph)
    return maps
  }
}
