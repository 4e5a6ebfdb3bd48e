import Graph
import Tensors

extension Writing {
  static let select = Writing(Select.self) { (_, node) throws(ExportError) in
    node.emit("Where", try node.operands())
  }

  static let gather = Writing(Gather.self) { (op, node) throws(ExportError) in
    if op.batch == 0 { return node.emit("Gather", try node.operands(), ["axis": .int(Int64(op.axis))]) }
    guard op.axis == op.batch else {
      throw .setting(node: node.label, expected: "no axes between the batch and the indexed one", found: "\(op.axis)")
    }
    // Each index as a tuple of one.
    let indices = node.emit("Unsqueeze", [try node.operand(1), node.integers([-1])])
    return node.emit("GatherND", [try node.operand(0), indices], ["batch_dims": .int(Int64(op.batch))])
  }

  static let gatherElements = Writing(GatherElements.self) { (op, node) throws(ExportError) in
    node.emit("GatherElements", try node.operands(), ["axis": .int(Int64(op.axis))])
  }

  /// Combinations by the larger or smaller element exist from operator set 18 on.
  static let scatterElements = Writing(ScatterElements.self) { (op, node) throws(ExportError) in
    let word =
      switch op.combination {
      case .replace: "none"
      case .add: "add"
      case .multiply: "mul"
      case .maximum: "max"
      case .minimum: "min"
      }
    if op.combination == .maximum || op.combination == .minimum, node.opset < 18 {
      throw .setting(node: node.label, expected: "operator set 18 or later", found: "\(node.opset)")
    }
    return node.emit(
      "ScatterElements", try node.operands(), ["axis": .int(Int64(op.axis)), "reduction": .string(word)])
  }

  static let topIndices = Writing(TopIndices.self) { (op, node) throws(ExportError) in
    node.emit(
      "TopK", [try node.operand(0), node.integers([op.count])],
      ["axis": .int(Int64(op.axis)), "largest": .int(op.isLargest ? 1 : 0)], results: 2)[1]
  }

  /// Products exist from operator set 26 on, which is not written.
  static let cumulate = Writing(Cumulate.self) { (op, node) throws(ExportError) in
    guard op.function == .sum else {
      throw .setting(node: node.label, expected: "a sum", found: op.function.rawValue)
    }
    return node.emit(
      "CumSum", [try node.operand(0), node.integers([op.axis])],
      ["exclusive": .int(op.isExclusive ? 1 : 0), "reverse": .int(op.isReversed ? 1 : 0)])
  }

  static let reduce = Writing(Reduce.self) { (op, node) throws(ExportError) in
    let (name, since) =
      switch op.function {
      case .sum: ("ReduceSum", 13)
      case .product: ("ReduceProd", 18)
      case .maximum: ("ReduceMax", 18)
      case .minimum: ("ReduceMin", 18)
      }
    let x = try node.operand(0)
    // A list without axes would stand for all of them.
    if op.axes.isEmpty { return node.emit("Identity", [x]) }
    return node.reduce(name, x, op.axes, keeps: false, axesAreOperandsSince: since)
  }

  static let determinant = Writing(Determinant.self) { (_, node) throws(ExportError) in
    node.emit("Det", try node.operands())
  }
}
