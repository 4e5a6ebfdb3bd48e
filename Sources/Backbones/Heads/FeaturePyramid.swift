import Graph
import Tensors

/// Brings a backbone's maps to one width, each with what the coarser ones told, and adds a coarser one.
///
/// Source: Lin et al. 2017, arXiv:1612.03144; mmdet.models.FPN.
struct FeaturePyramid: Sendable {
  let channels: Int
  let levels: Int

  private static let keys: Set<String> = [
    "type", "in_channels", "out_channels", "num_outs", "start_level", "end_level", "add_extra_convs",
    "relu_before_extra_convs", "no_norm_on_lateral", "upsample_cfg", "init_cfg",
  ]

  init(_ json: JSONValue) throws(BackboneError) {
    try json.require("type", .string("FPN"), in: "neck")
    try json.requireKnown(Self.keys, in: "neck")
    try json.require("start_level", .number(0), in: "neck")
    try json.require("end_level", .number(-1), in: "neck")
    try json.require("add_extra_convs", .bool(false), in: "neck")
    try json.require("upsample_cfg", .object(["mode": .string("nearest")]), in: "neck")
    channels = try json.count("out_channels", in: "neck", meaning: "the pyramid's width")
    levels = try json.count("num_outs", in: "neck", meaning: "the pyramid's maps")
    guard (4...8).contains(levels) else {
      throw .configValue(key: "neck.num_outs", expected: "an integer from 4 to 8", found: "\(levels)")
    }
  }

  /// As many maps as the settings state, finest first.
  func build(_ maps: [ValueID], _ weights: inout Weights, in graph: inout Graph) throws -> [ValueID] {
    var laterals: [ValueID] = []
    for (level, map) in maps.enumerated() {
      laterals.append(
        try weights.sameConvolution(map, "neck.lateral_convs.\(level).conv", channels, kernel: 1, in: &graph))
    }
    for level in maps.indices.dropFirst().reversed() {
      let coarser = try graph.resized(laterals[level], toSizeOf: laterals[level - 1], .nearest)
      laterals[level - 1] = try graph.add(Binary(.add), laterals[level - 1], coarser)
    }
    var pyramid: [ValueID] = []
    for (level, lateral) in laterals.enumerated() {
      pyramid.append(
        try weights.sameConvolution(lateral, "neck.fpn_convs.\(level).conv", channels, kernel: 3, in: &graph))
    }
    let everySecond = Windows(strides: [2, 2], dilations: [1, 1], before: [0, 0], after: [0, 0])
    while pyramid.count < levels {
      let last = pyramid[pyramid.count - 1]
      pyramid.append(try graph.add(Pool(.max, kernel: [1, 1], windows: everySecond), last))
    }
    return pyramid
  }
}
