import Graph
import Tensors

/// Reads all maps of a backbone: the coarsest through pooled contexts, then each finer one with what the coarser told.
///
/// Result `logits` [N, classes, h, w] of the finest map's extents.
/// Source: Xiao et al. 2018, arXiv:1807.10221; Zhao et al. 2017, arXiv:1612.01105; mmseg.models.UPerHead.
struct UPerHead: Sendable {
  let channels: Int
  let classes: Int
  let scales: [Int]
  let norm: MapNorm?

  private static let prefix = "decode_head"
  private static let keys: Set<String> = [
    "type", "in_channels", "in_index", "pool_scales", "channels", "dropout_ratio", "num_classes", "norm_cfg",
    "act_cfg", "conv_cfg", "align_corners", "loss_decode", "ignore_index", "sampler", "init_cfg", "input_transform",
  ]

  init(_ json: JSONValue) throws(BackboneError) {
    let owner = Self.prefix
    guard try json.text("type") == "UPerHead" else {
      throw .configValue(key: owner + ".type", expected: "\"UPerHead\"", found: json["type"].map { "\($0)" } ?? "none")
    }
    try json.requireKnown(Self.keys, in: owner)
    try json.require("align_corners", .bool(false), in: owner)
    try json.require("in_index", .array([.number(0), .number(1), .number(2), .number(3)]), in: owner)
    try json.require("input_transform", .string("multiple_select"), in: owner)
    try json.require("act_cfg", .object(["type": .string("ReLU")]), in: owner)
    guard json["conv_cfg"] == nil else {
      throw .configUnsupported(key: owner + ".conv_cfg", found: json["conv_cfg"].map { "\($0)" } ?? "")
    }
    channels = try json.count("channels", in: owner, meaning: "the head's width")
    classes = try json.count("num_classes", in: owner, meaning: "the number of classes")
    norm = try MapNorm(json, in: owner)
    let stated = try json.numbers("pool_scales") ?? [1, 2, 3, 6]
    scales = stated.compactMap { Int(exactly: $0) }.filter { (1...64).contains($0) }
    guard scales.count == stated.count, !scales.isEmpty else {
      throw .configValue(key: owner + ".pool_scales", expected: "integers from 1 to 64", found: "\(stated)")
    }
  }

  func build(_ maps: [ValueID], _ weights: inout Weights, in graph: inout Graph) throws -> ValueID {
    let last = maps.count - 1
    var laterals: [ValueID] = []
    for level in 0..<last {
      laterals.append(try module(maps[level], "lateral_convs.\(level)", 1, &weights, &graph))
    }
    laterals.append(try pooled(maps[last], &weights, &graph))
    for level in (1...last).reversed() {
      let coarser = try graph.resized(laterals[level], toSizeOf: laterals[level - 1])
      laterals[level - 1] = try graph.add(Binary(.add), laterals[level - 1], coarser)
    }
    var levels: [ValueID] = []
    for level in 0...last {
      let map = level == last ? laterals[level] : try module(laterals[level], "fpn_convs.\(level)", 3, &weights, &graph)
      levels.append(try level == 0 ? map : graph.resized(map, toSizeOf: laterals[0]))
    }
    let joined = try graph.append(Concat(axis: 1), levels)[0]
    let mixed = try module(joined, "fpn_bottleneck", 3, &weights, &graph)
    return try weights.sameConvolution(mixed, Self.prefix + ".conv_seg", classes, kernel: 1, in: &graph)
  }

  /// The coarsest map with its means over parts of it.
  private func pooled(_ map: ValueID, _ weights: inout Weights, _ graph: inout Graph) throws -> ValueID {
    var maps = [map]
    for (index, scale) in scales.enumerated() {
      let means = try graph.add(AdaptivePool(sizes: [scale, scale]), map)
      let context = try module(means, "psp_modules.\(index).1", 1, &weights, &graph)
      maps.append(try graph.resized(context, toSizeOf: map))
    }
    return try module(graph.append(Concat(axis: 1), maps)[0], "bottleneck", 3, &weights, &graph)
  }

  private func module(
    _ x: ValueID, _ name: String, _ kernel: Int, _ weights: inout Weights, _ graph: inout Graph
  ) throws -> ValueID {
    try weights.convolutionModule(x, "\(Self.prefix).\(name)", channels, kernel: kernel, norm: norm, in: &graph)
  }
}
