import Graph

/// Things as `MaskRCNN` finds them, and stuff beside them: mmdetection's PanopticFPN.
///
/// Further output `semantic.logits` [N, stuff + 1, h, w] of the finest map's extents, the last for any thing.
/// Source: Kirillov et al. 2019, arXiv:1901.02446; mmdet.models.PanopticFPNHead, HeuristicFusionHead.
struct PanopticFPN: DenseNetwork {
  static let identifier = "PanopticFPN"
  static let task = DenseTask.panoptic

  private let detector: MaskRCNN
  private let stuffClasses: Int
  private let channels: Int
  private let norm: MapNorm?
  var settings: DetectionSettings { detector.settings }
  var classes: Int { detector.classes + stuffClasses }

  private static let prefix = "semantic_head"
  private static let levels = 4
  private static let headKeys: Set<String> = [
    "type", "num_things_classes", "num_stuff_classes", "in_channels", "inner_channels", "start_level", "end_level",
    "norm_cfg", "conv_cfg", "loss_seg", "init_cfg",
  ]

  init(_ json: JSONValue) throws(BackboneError) {
    detector = try MaskRCNN(json, keys: MaskRCNN.keys.union(["semantic_head", "panoptic_fusion_head"]))
    guard let head = json["semantic_head"], let fusion = json["panoptic_fusion_head"] else {
      throw .configMissing(key: "semantic_head and panoptic_fusion_head", meaning: "the parts for stuff")
    }
    try head.require("type", .string("PanopticFPNHead"), in: Self.prefix)
    try head.requireKnown(Self.headKeys, in: Self.prefix)
    try head.require("start_level", .number(0), in: Self.prefix)
    try head.require("end_level", .number(Double(Self.levels)), in: Self.prefix)
    stuffClasses = try head.count("num_stuff_classes", in: Self.prefix, meaning: "the classes of stuff")
    channels = try head.count("inner_channels", in: Self.prefix, meaning: "the head's width")
    norm = try MapNorm(head, in: Self.prefix)
    for (part, owner) in [(head, Self.prefix), (fusion, "panoptic_fusion_head")] {
      try part.require("num_things_classes", .number(Double(detector.classes)), in: owner)
      try part.require("num_stuff_classes", .number(Double(stuffClasses)), in: owner)
    }
    try fusion.require("type", .string("HeuristicFusionHead"), in: "panoptic_fusion_head")
  }

  func build(_ maps: [ValueID], _ weights: inout Weights, in graph: inout Graph) throws {
    let pyramid = try detector.built(maps, &weights, &graph)
    var sum: ValueID?
    for level in 0..<Self.levels {
      var x = pyramid[level]
      for step in 0..<max(level, 1) {
        x = try weights.convolutionModule(
          x, "\(Self.prefix).conv_upsample_layers.\(level).conv.\(step)", channels, kernel: 3, norm: norm, in: &graph)
        if level > 0 { x = try graph.resized(x, toSizeOf: pyramid[level - step - 1]) }
      }
      sum = try sum.map { try graph.add(Binary(.add), $0, x) } ?? x
    }
    let logits = try weights.sameConvolution(
      sum ?? pyramid[0], Self.prefix + ".conv_logits", stuffClasses + 1, kernel: 1, in: &graph)
    graph.addOutput("semantic.logits", logits)
  }
}
