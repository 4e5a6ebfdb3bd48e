import Graph

/// How one operator of ONNX is written in operators of the graph, from one version of its operator set on.
struct Lowering: Sendable {
  let op: String
  let domain: String
  /// The operator sets that have this meaning. Later ones are not known and refused.
  let opsets: ClosedRange<Int>
  /// Gives the node's results. What it does not read of the node's attributes and operands is refused
  /// afterwards.
  let results: @Sendable (NodeReader) throws(LoweringError) -> [Imported]

  /// The newest version of the standard operator set whose operators are known.
  static let newestOpset = 28

  init(
    _ op: String, domain: String = "", since: Int, through: Int = newestOpset,
    _ results: @escaping @Sendable (NodeReader) throws(LoweringError) -> [Imported]
  ) {
    self.op = op
    self.domain = domain
    opsets = since...through
    self.results = results
  }
}
