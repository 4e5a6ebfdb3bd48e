/// A change of a graph, checked as it is written and applied whole: new nodes and constants, and values replaced.
public struct Patch: Sendable {
  public let rule: String
  private var graph: Graph
  private var added: Set<NodeID> = []
  private var replacements: [(old: ValueID, new: ValueID)] = []

  /// Starts a change of `graph`, named by the rule that makes it.
  public init(_ rule: String, of graph: Graph) {
    self.rule = rule
    self.graph = graph
  }

  public func type(of value: ValueID) -> TensorType { graph.type(of: value) }

  /// The node that makes a value, also one that this patch added, where it applies this operator.
  public func producer<Op: Operator>(of value: ValueID, as type: Op.Type) -> (node: Node, op: Op)? {
    graph.producer(of: value, as: type)
  }

  public func constant(named name: String) -> Constant? { graph.constants[name] }

  public mutating func add(
    _ op: any Operator, _ operands: ValueID..., name: String = ""
  ) throws(TypeError) -> ValueID {
    try append(op, operands, name: name)[0]
  }

  public mutating func append(
    _ op: any Operator, _ operands: [ValueID], name: String = ""
  ) throws(TypeError) -> [ValueID] {
    let results = try graph.append(op, operands, name: name)
    if case .node(let id, _)? = results.first.map(graph.definition) { added.insert(id) }
    return results
  }

  public mutating func addConstant(_ constant: Constant) -> ValueID { graph.addConstant(constant) }
  public mutating func setTap(_ name: String, _ value: ValueID) { graph.setTap(name, value) }

  /// Lets every reader of `old` read `new`, but for the nodes that this patch added.
  public mutating func replace(_ old: ValueID, with new: ValueID) throws(TypeError) {
    guard graph.type(of: old) == graph.type(of: new) else {
      throw .elementType(
        op: rule, operand: "replacement", expected: "\(graph.type(of: old))", found: graph.type(of: new))
    }
    replacements.append((old, new))
  }

  /// Values that may have no reader in the changed graph: those replaced, and those that were added.
  var touched: [ValueID] { replacements.map(\.old) + added.sorted().compactMap { graph.node($0)?.result } }

  /// The changed graph.
  public consuming func applied() -> Graph {
    for (old, new) in replacements { graph.replaceUses(of: old, with: new, except: added) }
    return graph
  }
}
