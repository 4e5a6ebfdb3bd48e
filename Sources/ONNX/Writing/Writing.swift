import Graph

/// How one operator of the graph is written in operators of ONNX: the inverse of a lowering.
struct Writing: Sendable {
  let identifier: String
  /// Emits nodes; gives the names of the operator's results.
  let results: @Sendable (NodeWriter) throws(ExportError) -> [String]

  /// For an operator with one result.
  init<Op: Operator>(
    _: Op.Type, _ result: @escaping @Sendable (Op, NodeWriter) throws(ExportError) -> String
  ) {
    identifier = Op.identifier
    results = { (node) throws(ExportError) in
      guard let op = node.op as? Op else { preconditionFailure("the table finds writings by identifier") }
      return [try result(op, node)]
    }
  }
}
