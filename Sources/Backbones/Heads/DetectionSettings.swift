/// Boxes that detectors begin with: `AnchorGenerator`.
public struct AnchorSettings: Hashable, Sendable {
  /// Pixels between neighbours, a number for each map; also the anchors' size before it is scaled.
  public let strides: [Int]
  public let scales: [Double]
  /// Height over width.
  public let ratios: [Double]

  init(_ json: JSONValue) throws(BackboneError) {
    let owner = "anchor_generator"
    try json.requireKnown(["type", "scales", "ratios", "strides"], in: owner)
    try json.require("type", .string("AnchorGenerator"), in: owner)
    guard let strides = try json.strides("strides", in: owner), let scales = try json.numbers("scales"),
      let ratios = try json.numbers("ratios")
    else { throw .configMissing(key: owner + ".strides, scales and ratios", meaning: "the anchors") }
    let sizes = scales + ratios
    guard !scales.isEmpty, !ratios.isEmpty, sizes.allSatisfy({ $0 > 0 && $0 < 1e4 }), sizes.count <= 64 else {
      throw .configValue(key: owner + ".scales and ratios", expected: "positive numbers", found: "\(sizes)")
    }
    (self.strides, self.scales, self.ratios) = (strides, scales, ratios)
  }
}

/// What differences of boxes are scaled by: `DeltaXYWHBBoxCoder`.
public struct BoxCoderSettings: Hashable, Sendable {
  /// Of the centre's column and row, of width and height.
  public let means: [Double]
  public let deviations: [Double]

  init(_ json: JSONValue, in owner: String) throws(BackboneError) {
    try json.requireKnown(["type", "target_means", "target_stds", "clip_border"], in: owner)
    try json.require("type", .string("DeltaXYWHBBoxCoder"), in: owner)
    try json.require("clip_border", .bool(true), in: owner)
    means = try json.numbers("target_means") ?? [0, 0, 0, 0]
    deviations = try json.numbers("target_stds") ?? [1, 1, 1, 1]
    guard means.count == 4, deviations.count == 4 else {
      throw .configValue(key: owner, expected: "four means and four deviations", found: "\(means), \(deviations)")
    }
  }
}

/// How things are chosen from what a detector says: `test_cfg`.
public struct DetectionSettings: Hashable, Sendable {
  /// Which boxes are looked at: `test_cfg.rpn`.
  public struct Proposals: Hashable, Sendable {
    /// The best of each map.
    public let perMap: Int
    public let count: Int
    public let overlap: Double
    public let leastSide: Double
  }

  /// Which things are found: `test_cfg.rcnn`, or `test_cfg.panoptic`.
  public struct Things: Hashable, Sendable {
    public let score: Double
    public let overlap: Double
    public let count: Int
    public let maskThreshold: Double
    /// Whether boxes of all classes compete.
    public let isClassAgnostic: Bool
  }

  /// How things and stuff become one map: the fusion's part of `test_cfg.panoptic`.
  public struct Fusion: Hashable, Sendable {
    public let stuffClasses: Int
    /// A thing of which more than this share is taken is left out.
    public let maskOverlap: Double
    /// Stuff of fewer pixels is left out.
    public let stuffArea: Int
  }

  public let anchors: AnchorSettings
  public let proposalCoder: BoxCoderSettings
  public let boxCoder: BoxCoderSettings
  /// Pixels between neighbours on the maps that regions are looked at on.
  public let strides: [Int]
  /// Of things.
  public let classes: Int
  public let proposals: Proposals
  public let things: Things
  /// Nil for networks that find things alone.
  public let fusion: Fusion?
}

extension DetectionSettings {
  init(_ json: JSONValue, _ proposing: RegionProposalHead, _ regions: RegionHeads) throws(BackboneError) {
    let test = json["test_cfg"] ?? .object([:])
    anchors = proposing.anchors
    (proposalCoder, boxCoder) = (proposing.coder, regions.coder)
    (strides, classes) = (regions.strides, regions.classes)
    let rpn = test["rpn"] ?? .object([:])
    try rpn.requireKnown(["nms_pre", "max_per_img", "nms", "min_bbox_size"], in: "test_cfg.rpn")
    proposals = Proposals(
      perMap: try rpn.integer("nms_pre", in: 1...1_000_000) ?? 1000,
      count: try rpn.integer("max_per_img", in: 1...1_000_000) ?? 1000,
      overlap: try Self.overlap(rpn, "test_cfg.rpn", 0.7).overlap, leastSide: try rpn.number("min_bbox_size") ?? 0)
    let panoptic = test["panoptic"]
    let chosen = panoptic ?? test["rcnn"] ?? .object([:])
    let owner = panoptic == nil ? "test_cfg.rcnn" : "test_cfg.panoptic"
    let fused: Set<String> = ["mask_overlap", "stuff_area_limit"]
    try chosen.requireKnown(["score_thr", "nms", "max_per_img", "mask_thr_binary"], in: owner) {
      panoptic != nil && fused.contains($0)
    }
    let nms = try Self.overlap(chosen, owner, 0.5)
    things = Things(
      score: try chosen.number("score_thr") ?? (panoptic == nil ? 0.05 : 0.6), overlap: nms.overlap,
      count: try chosen.integer("max_per_img", in: 1...100_000) ?? 100,
      maskThreshold: try chosen.number("mask_thr_binary") ?? 0.5, isClassAgnostic: nms.isClassAgnostic)
    guard let stuff = json["semantic_head"] else {
      fusion = nil
      return
    }
    fusion = Fusion(
      stuffClasses: try stuff.count("num_stuff_classes", in: "semantic_head", meaning: "the classes of stuff"),
      maskOverlap: try chosen.number("mask_overlap") ?? 0.5,
      stuffArea: try chosen.integer("stuff_area_limit", in: 0...1_000_000_000) ?? 4096)
  }

  private static func overlap(
    _ json: JSONValue, _ owner: String, _ standard: Double
  ) throws(BackboneError) -> (overlap: Double, isClassAgnostic: Bool) {
    let nms = json["nms"] ?? .object([:])
    try nms.requireKnown(["type", "iou_threshold", "class_agnostic"], in: owner + ".nms")
    try nms.require("type", .string("nms"), in: owner + ".nms")
    return (try nms.number("iou_threshold") ?? standard, try nms.flag("class_agnostic") ?? false)
  }
}

extension DenseConfiguration {
  /// How things are found; nil for other tasks.
  public var detection: DetectionSettings? {
    get throws(BackboneError) {
      switch task {
      case .segment: nil
      case .detect: try MaskRCNN(model).settings
      case .panoptic: try PanopticFPN(model).settings
      }
    }
  }
}

extension JSONValue {
  /// A list of strides; nil where there is none.
  func strides(_ key: String, in owner: String) throws(BackboneError) -> [Int]? {
    guard let numbers = try numbers(key) else { return nil }
    let strides = numbers.compactMap { Int(exactly: $0) }.filter { (1...1024).contains($0) }
    guard strides.count == numbers.count, !strides.isEmpty else {
      throw .configValue(key: "\(owner).\(key)", expected: "integers from 1 to 1024", found: "\(numbers)")
    }
    return strides
  }
}
