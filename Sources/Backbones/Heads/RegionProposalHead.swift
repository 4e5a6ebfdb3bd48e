import Graph
import Tensors

/// Says for each anchor of each map whether a thing is there, and how its box differs from the anchor.
///
/// Source: Ren et al. 2015, arXiv:1506.01497; mmdet.models.RPNHead.
struct RegionProposalHead: Sendable {
  let channels: Int
  let anchors: AnchorSettings
  let coder: BoxCoderSettings

  private static let prefix = "rpn_head"
  private static let keys: Set<String> = [
    "type", "in_channels", "feat_channels", "anchor_generator", "bbox_coder", "loss_cls", "loss_bbox", "init_cfg",
  ]

  init(_ json: JSONValue) throws(BackboneError) {
    try json.require("type", .string("RPNHead"), in: Self.prefix)
    try json.requireKnown(Self.keys, in: Self.prefix)
    channels = try json.count("feat_channels", in: Self.prefix, meaning: "the head's width")
    guard let generator = json["anchor_generator"] else {
      throw .configMissing(key: "rpn_head.anchor_generator", meaning: "the anchors")
    }
    anchors = try AnchorSettings(generator)
    coder = try BoxCoderSettings(json["bbox_coder"] ?? .object([:]), in: "rpn_head.bbox_coder")
    guard json["loss_cls"].map({ $0["use_sigmoid"] == .bool(true) }) ?? true else {
      throw .configValue(key: "rpn_head.loss_cls.use_sigmoid", expected: "true", found: "false")
    }
  }

  /// Outputs `rpn.scores.I` [N, anchors, h, w] and `rpn.deltas.I` [N, 4 · anchors, h, w].
  func build(_ maps: [ValueID], _ weights: inout Weights, in graph: inout Graph) throws {
    guard maps.count == anchors.strides.count else {
      throw BackboneError.configValue(
        key: "rpn_head.anchor_generator.strides", expected: "\(maps.count) strides, as the neck has maps",
        found: "\(anchors.strides.count)")
    }
    let count = anchors.ratios.count * anchors.scales.count
    for (level, map) in maps.enumerated() {
      let hidden = try graph.add(
        Unary(.relu), weights.sameConvolution(map, Self.prefix + ".rpn_conv", channels, kernel: 3, in: &graph))
      let scores = try weights.sameConvolution(hidden, Self.prefix + ".rpn_cls", count, kernel: 1, in: &graph)
      let deltas = try weights.sameConvolution(hidden, Self.prefix + ".rpn_reg", 4 * count, kernel: 1, in: &graph)
      graph.addOutput("rpn.scores.\(level)", scores)
      graph.addOutput("rpn.deltas.\(level)", deltas)
    }
  }
}
