import Graph
import Tensors

/// Looks at regions of the pyramid: what thing is there, where its box is, and which of its pixels it covers.
///
/// Inputs `box.regions` [R, 4] and `mask.regions` [M, 4], left, top, right, bottom in pixels of the network's input;
/// for each of the four maps `box.images.I` [R] and `mask.images.I` [M], the image in the batch of the regions that
/// are looked at on this map, -1 for the others. Outputs `box.scores` [R, classes + 1], the last for nothing,
/// `box.deltas` [R, 4 · classes], `mask.logits` [M, classes, 28, 28].
/// Source: He et al. 2017, arXiv:1703.06870; mmdet.models.StandardRoIHead, Shared2FCBBoxHead, FCNMaskHead.
struct RegionHeads: Sendable {
  let classes: Int
  let coder: BoxCoderSettings
  let strides: [Int]
  private let boxSide: Int
  private let maskSide: Int
  private let hidden: Int
  private let maskChannels: Int
  private let maskLayers: Int

  private static let boxKeys: Set<String> = [
    "type", "in_channels", "fc_out_channels", "roi_feat_size", "num_classes", "bbox_coder", "reg_class_agnostic",
    "loss_cls", "loss_bbox", "init_cfg",
  ]
  private static let maskKeys: Set<String> = [
    "type", "num_convs", "in_channels", "conv_out_channels", "num_classes", "loss_mask", "init_cfg", "roi_feat_size",
    "conv_kernel_size",
  ]

  init(_ json: JSONValue) throws(BackboneError) {
    try json.require("type", .string("StandardRoIHead"), in: "roi_head")
    try json.requireKnown(
      ["type", "bbox_roi_extractor", "bbox_head", "mask_roi_extractor", "mask_head", "init_cfg"], in: "roi_head")
    guard let box = json["bbox_head"], let mask = json["mask_head"] else {
      throw .configMissing(key: "roi_head.bbox_head and roi_head.mask_head", meaning: "the heads' settings")
    }
    try box.require("type", .string("Shared2FCBBoxHead"), in: "bbox_head")
    try box.requireKnown(Self.boxKeys, in: "bbox_head")
    try box.require("reg_class_agnostic", .bool(false), in: "bbox_head")
    try mask.require("type", .string("FCNMaskHead"), in: "mask_head")
    try mask.requireKnown(Self.maskKeys, in: "mask_head")
    try mask.require("conv_kernel_size", .number(3), in: "mask_head")
    classes = try box.count("num_classes", in: "bbox_head", meaning: "the number of classes")
    try mask.require("num_classes", .number(Double(classes)), in: "mask_head")
    coder = try BoxCoderSettings(box["bbox_coder"] ?? .object([:]), in: "bbox_head.bbox_coder")
    hidden = try box.count("fc_out_channels", in: "bbox_head", meaning: "the head's width")
    maskChannels = try mask.count("conv_out_channels", in: "mask_head", meaning: "the head's width")
    maskLayers = try mask.integer("num_convs", in: 1...16) ?? 4
    let boxes = try RegionSampling(json["bbox_roi_extractor"] ?? .object([:]), in: "bbox_roi_extractor", side: 7)
    let masks = try RegionSampling(json["mask_roi_extractor"] ?? .object([:]), in: "mask_roi_extractor", side: 14)
    guard boxes.strides == masks.strides else {
      throw .configValue(
        key: "mask_roi_extractor.featmap_strides", expected: "\(boxes.strides)", found: "\(masks.strides)")
    }
    (boxSide, maskSide, strides) = (boxes.side, masks.side, boxes.strides)
  }

  func build(_ pyramid: [ValueID], _ weights: inout Weights, in graph: inout Graph) throws {
    let maps = Array(pyramid.prefix(strides.count))
    guard maps.count == strides.count else { throw BackboneError.stageMaps(found: maps.count) }
    let c = graph.type(of: maps[0]).dimensions[1].constant ?? 0
    var x = try regions(maps, "box", .symbol("R"), side: boxSide, &graph)
    x = try graph.add(Reshape([.symbol("R"), Dimension(c * boxSide * boxSide)]), x)
    for (index, inputs) in [c * boxSide * boxSide, hidden].enumerated() {
      let name = "roi_head.bbox_head.shared_fcs.\(index)"
      x = try graph.add(Unary(.relu), weights.linear(x, name, inputs, hidden, in: &graph))
    }
    graph.addOutput(
      "box.scores", try weights.linear(x, "roi_head.bbox_head.fc_cls", hidden, classes + 1, in: &graph))
    graph.addOutput(
      "box.deltas", try weights.linear(x, "roi_head.bbox_head.fc_reg", hidden, 4 * classes, in: &graph))

    var y = try regions(maps, "mask", .symbol("M"), side: maskSide, &graph)
    for layer in 0..<maskLayers {
      y = try weights.convolutionModule(
        y, "roi_head.mask_head.convs.\(layer)", maskChannels, kernel: 3, norm: nil, in: &graph)
    }
    let name = "roi_head.mask_head.upsample"
    let weight = try weights.load(
      name + ".weight", [maskChannels, maskChannels, 2, 2], role: "upsampling", into: &graph)
    let bias = try weights.load(name + ".bias", [maskChannels], role: "upsampling", into: &graph)
    let doubling = Windows(strides: [2, 2], dilations: [1, 1], before: [0, 0], after: [0, 0])
    y = try graph.add(Unary(.relu), graph.add(ConvTranspose(doubling, extra: [0, 0]), y, weight, bias))
    graph.addOutput(
      "mask.logits",
      try weights.sameConvolution(y, "roi_head.mask_head.conv_logits", classes, kernel: 1, in: &graph))
  }

  /// What regions hold, each sampled on one of the maps: on the others it is zero, so the sum is what it holds.
  private func regions(
    _ maps: [ValueID], _ name: String, _ count: Dimension, side: Int, _ graph: inout Graph
  ) throws -> ValueID {
    let regions = graph.addInput(name + ".regions", TensorType(.float32, [count, 4]))
    var sum: ValueID?
    for (level, map) in maps.enumerated() {
      let images = graph.addInput("\(name).images.\(level)", TensorType(.int64, [count]))
      let op = RoiAlign(height: side, width: side, scale: 1 / Double(strides[level]))
      let sampled = try graph.add(op, map, regions, images)
      sum = try sum.map { try graph.add(Binary(.add), $0, sampled) } ?? sampled
    }
    return sum ?? regions
  }
}

/// How regions are sampled: `SingleRoIExtractor`.
private struct RegionSampling {
  let side: Int
  let strides: [Int]

  init(_ json: JSONValue, in owner: String, side standard: Int) throws(BackboneError) {
    try json.requireKnown(
      ["type", "roi_layer", "out_channels", "featmap_strides", "finest_scale", "init_cfg"], in: owner)
    try json.require("type", .string("SingleRoIExtractor"), in: owner)
    try json.require("finest_scale", .number(56), in: owner)
    let layer = json["roi_layer"] ?? .object([:])
    try layer.requireKnown(["type", "output_size", "sampling_ratio", "aligned"], in: owner + ".roi_layer")
    try layer.require("type", .string("RoIAlign"), in: owner + ".roi_layer")
    try layer.require("sampling_ratio", .number(0), in: owner + ".roi_layer")
    try layer.require("aligned", .bool(true), in: owner + ".roi_layer")
    side = try layer.integer("output_size", in: 1...64) ?? standard
    strides = try json.strides("featmap_strides", in: owner) ?? [4, 8, 16, 32]
    guard (1...4).contains(strides.count) else {
      throw .configValue(key: owner + ".featmap_strides", expected: "1 to 4 strides", found: "\(strides)")
    }
  }
}
