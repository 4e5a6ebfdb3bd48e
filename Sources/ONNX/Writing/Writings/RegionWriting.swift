import Graph
import Tensors

extension Writing {
  static let roiAlign = Writing(RoiAlign.self) { (op, node) throws(ExportError) in
    var operands = try node.operands()
    if node.type(2).element != .int64 {
      operands[2] = node.emit("Cast", [operands[2]], ["to": .int(Int64(ElementKind.int64.rawValue))])
    }
    return node.emit(
      "RoiAlign", operands,
      [
        "mode": .string(op.function == .average ? "avg" : "max"), "output_height": .int(Int64(op.height)),
        "output_width": .int(Int64(op.width)), "sampling_ratio": .int(Int64(op.samples)),
        "spatial_scale": .float(Float(op.scale)),
        "coordinate_transformation_mode": .string(op.isCentered ? "half_pixel" : "output_half_pixel"),
      ])
  }

  static let gridSample = Writing(GridSample.self) { (op, node) throws(ExportError) in
    let isOfMaps = node.opset < 20
    guard !isOfMaps || node.type(0).rank == 4 else {
      throw .setting(
        node: node.label, expected: "a map of two axes before operator set 20", found: "\(node.type(0))")
    }
    let mode =
      switch op.filter {
      case .nearest: "nearest"
      case .linear: isOfMaps ? "bilinear" : "linear"
      case .cubic: isOfMaps ? "bicubic" : "cubic"
      }
    return node.emit(
      "GridSample", try node.operands(),
      [
        "mode": .string(mode), "padding_mode": .string(op.padding.rawValue),
        "align_corners": .int(op.alignsCorners ? 1 : 0),
      ])
  }

  /// ONNX gives the rows that are there; here they are followed by those that are not.
  static let nonMaxSuppression = Writing(NonMaxSuppression.self) { (op, node) throws(ExportError) in
    var operands = try node.operands()
    for index in 2..<operands.count {
      operands[index] = node.emit("Reshape", [operands[index], node.integers([1])])
      let kind = index == 2 ? ElementKind.int64 : .float
      guard node.type(index).element != kind.elementType else { continue }
      operands[index] = node.emit("Cast", [operands[index]], ["to": .int(Int64(kind.rawValue))])
    }
    let chosen = node.emit("NonMaxSuppression", operands, ["center_point_box": .int(op.isCentered ? 1 : 0)])
    let rows = try node.extents([op.rows])
    let none = node.emit("Expand", [node.number(-1), try node.extents(node.result.dimensions)])
    let all = node.emit("Concat", [chosen, none], ["axis": .int(0)])
    return node.emit("Slice", [all, node.integers([0]), rows, node.integers([0])])
  }

  static let leadingRows = Writing(LeadingRows.self) { (op, node) throws(ExportError) in
    var end = node.emit("Reshape", [try node.operand(1), node.integers([1])])
    if node.type(1).element != .int64 {
      end = node.emit("Cast", [end], ["to": .int(Int64(ElementKind.int64.rawValue))])
    }
    // Below zero a slice would count from the end.
    end = node.emit("Max", [end, node.integers([0])])
    let rows = node.emit("Slice", [try node.operand(0), node.integers([0]), end, node.integers([0])])
    node.define(op.symbol, as: node.emit("Shape", [rows], ["start": .int(0), "end": .int(1)]))
    return rows
  }

  static let count = Writing(Count.self) { (op, node) throws(ExportError) in
    let (x, element) = (try node.operand(0), node.type(0).element)
    var isCounted = x
    if element != .bool {
      let zero = node.number(0, element)
      switch op.function {
      case .notZero: isCounted = node.emit("Not", [node.emit("Equal", [x, zero])])
      case .notNegative: isCounted = node.emit("GreaterOrEqual", [x, zero])
      }
    } else if op.function == .notNegative {
      isCounted = node.emit("Or", [x, node.emit("Not", [x])])
    }
    let ones = node.emit("Cast", [isCounted], ["to": .int(Int64(ElementKind.int64.rawValue))])
    return node.emit("ReduceSum", [ones], ["keepdims": .int(0)])
  }
}
