import Graph
import Tensors

extension Lowering {
  /// https://onnx.ai/onnx/operators/onnx__RoiAlign.html
  static let roiAlign = Lowering("RoiAlign", since: 16) { (node) throws(LoweringError) in
    let mode = try node.string("coordinate_transformation_mode", default: "half_pixel")
    guard ["half_pixel", "output_half_pixel"].contains(mode) else {
      throw .attribute(
        node.reference, name: "coordinate_transformation_mode", expected: "half_pixel or output_half_pixel",
        found: mode)
    }
    return try node.roiAlign(isCentered: mode == "half_pixel")
  }

  /// The first version, whose elements stand at the corner of their pixels.
  static let roiAlignAtCorners = Lowering("RoiAlign", since: 10, through: 15) { (node) throws(LoweringError) in
    try node.roiAlign(isCentered: false)
  }

  /// https://onnx.ai/onnx/operators/onnx__GridSample.html
  static let gridSample = Lowering("GridSample", since: 20) { (node) throws(LoweringError) in
    try node.gridSample(["linear": .linear, "nearest": .nearest, "cubic": .cubic], default: "linear")
  }

  /// The first version, of maps with two axes.
  static let gridSampleOfMaps = Lowering("GridSample", since: 16, through: 19) { (node) throws(LoweringError) in
    try node.gridSample(["bilinear": .linear, "nearest": .nearest, "bicubic": .cubic], default: "bilinear")
  }

  /// https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html
  static let nonMaxSuppression = Lowering("NonMaxSuppression", since: 10) { (node) throws(LoweringError) in
    let (boxes, scores) = (try node.operand(0), try node.operand(1))
    let most = node.optional(2) ?? node.constant(0, .int64, "most")
    let overlap = node.optional(3) ?? node.constant(0, .float32, "overlap")
    let isCentered = try node.int("center_point_box", default: 0) != 0
    guard node.type(boxes).rank == 3, node.type(scores).rank == 3 else {
      throw .operand(
        node.reference, index: 0, expected: "boxes [N, b, 4] and scores [N, c, b]",
        found: "\(node.type(boxes)) and \(node.type(scores))")
    }
    // As many as there can be: where both numbers are known, the smaller one for each class.
    let all = node.type(scores).dimensions
    var each = all[2]
    if node.optional(2) == nil {
      each = 0
    } else if let limit = try node.integers(2)?.constants?.first, limit < each.constant ?? Windows.limit {
      each = Dimension(max(limit, 0))
    }
    let op = NonMaxSuppression(isCentered: isCentered, rows: all[0] * all[1] * each)
    let operands = [boxes, scores, most, overlap] + (node.optional(4).map { [$0] } ?? [])
    return [try node.counted(node.apply(op, to: operands))]
  }
}

extension NodeReader {
  /// The rows of a tensor of integers up to the first that is negative.
  func counted(_ padded: Imported) throws(LoweringError) -> Imported {
    let type = type(padded)
    let first = type.rank == 1 ? padded : try apply(Slice(axis: 1, start: 0, count: 1), padded)
    let count = try apply(Count(.notNegative), first)
    return try apply(LeadingRows(symbol: importer.freeSymbol("count")), padded, count)
  }

  fileprivate func roiAlign(isCentered: Bool) throws(LoweringError) -> [Imported] {
    let mode = try string("mode", default: "avg")
    guard let function = ["avg": RoiAlign.Function.average, "max": .max][mode] else {
      throw .attribute(reference, name: "mode", expected: "avg or max", found: mode)
    }
    let op = RoiAlign(
      function, height: try int("output_height", default: 1), width: try int("output_width", default: 1),
      samples: try int("sampling_ratio", default: 0), scale: Double(try float("spatial_scale") ?? 1),
      isCentered: isCentered)
    return [try apply(op, operand(0), operand(1), operand(2))]
  }

  fileprivate func gridSample(
    _ filters: [String: Sampling.Filter], default filter: String
  ) throws(LoweringError) -> [Imported] {
    let mode = try string("mode", default: filter)
    guard let filter = filters[mode] else {
      throw .attribute(
        reference, name: "mode", expected: "one of \(filters.keys.sorted().joined(separator: ", "))", found: mode)
    }
    let word = try string("padding_mode", default: "zeros")
    guard let padding = GridSample.Padding(rawValue: word) else {
      throw .attribute(
        reference, name: "padding_mode", expected: "one of border, reflection, zeros", found: word)
    }
    let op = GridSample(filter, padding: padding, alignsCorners: try int("align_corners", default: 0) != 0)
    return [try apply(op, operand(0), operand(1))]
  }
}
