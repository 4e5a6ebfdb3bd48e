import Graph

extension Lowering {
  /// Softmax over the axes from `axis` on, seen as one.
  /// https://onnx.ai/onnx/operators/onnx__Softmax.html, before version 13
  static let softmaxOfRows = Lowering("Softmax", since: 1, through: 12) { (node) throws(LoweringError) in
    let axis = try node.int("axis", default: 1)
    let x = try node.operand(0)
    if axis == -1 || axis == node.type(x).rank - 1 { return [try node.apply(Softmax(), x)] }
    return [
      try node.inRows(from: axis) { (rows) throws(LoweringError) in try node.apply(Softmax(), rows) }
    ]
  }

  /// Softmax along one axis, from version 13 on.
  static let softmax = Lowering("Softmax", since: 13) { (node) throws(LoweringError) in
    let operand = try node.operand(0)
    let rank = node.type(operand).rank
    let axis = try node.axis(node.int("axis", default: -1), rank: rank)
    if axis == rank - 1 { return [try node.apply(Softmax(), operand)] }
    var exchange = Array(0..<rank)
    exchange.swapAt(axis, rank - 1)
    let last = try node.apply(Transpose(exchange), operand)
    return [try node.apply(Transpose(exchange), node.apply(Softmax(), last))]
  }
}
