import Graph
import Tensors

extension Writing {
  static let reshape = Writing(Reshape.self) { (op, node) throws(ExportError) in
    try node.reshape(node.operand(0), node.type(0), op.dimensions)
  }

  static let transpose = Writing(Transpose.self) { (op, node) throws(ExportError) in
    node.transpose(try node.operand(0), op.permutation)
  }

  static let concat = Writing(Concat.self) { (op, node) throws(ExportError) in
    node.emit("Concat", try node.operands(), ["axis": .int(Int64(op.axis))])
  }

  /// An extent of 1 in the list leaves the operand's axis as it is, so only repeated axes need their extents.
  static let broadcast = Writing(Broadcast.self) { (op, node) throws(ExportError) in
    let own = node.type(0).dimensions
    let missing = op.dimensions.count - own.count
    let target = op.dimensions.enumerated().map { axis, extent in
      axis >= missing && own[axis - missing] == extent ? 1 : extent
    }
    return node.emit("Expand", [try node.operand(0), try node.extents(target)])
  }

  /// An open end is told from the axis' end where the distance to it is known.
  static let slice = Writing(Slice.self) { (op, node) throws(ExportError) in
    let x = try node.operand(0)
    let end = Dimension(op.start) + op.count
    let rest = node.type(0).dimensions[op.axis] - end
    if rest == 0 { return node.slice(x, axis: op.axis, op.start, NodeWriter.axisEnd) }
    if let end = end.constant { return node.slice(x, axis: op.axis, op.start, end) }
    if let rest = rest.constant { return node.slice(x, axis: op.axis, op.start, -rest) }
    return node.emit(
      "Slice", [x, node.integers([op.start]), try node.extents([end]), node.integers([op.axis])])
  }

  static let pad = Writing(Pad.self) { (op, node) throws(ExportError) in
    let pads = op.before.map { Dimension($0) } + op.after
    return node.emit("Pad", [try node.operand(0), try node.extents(pads), node.number(op.value)])
  }
}
