/// What a graph shows to the outside, which no pass may change.
package struct Interface: Hashable {
  private let inputs: [String: TensorType]
  private let outputs: [String: TensorType]
  private let taps: [String: TensorType]

  package init(of graph: Graph) {
    func types(_ ports: [Graph.Port]) -> [String: TensorType] {
      Dictionary(ports.map { ($0.name, graph.type(of: $0.value)) }) { first, _ in first }
    }
    inputs = types(graph.inputs)
    outputs = types(graph.outputs)
    taps = graph.taps.mapValues { graph.type(of: $0) }
  }
}

/// An invariant that does not hold, and where.
public enum Violation: Hashable, Sendable {
  case interface
  /// A node reads a value whose node is gone.
  case danglingOperand(node: String)
  /// A node reads a constant that the graph does not hold.
  case missingConstant(String)
  /// A node is needed for its own operands.
  case cycle(node: String)
  /// A node's results have other types than its operator gives them.
  case types(node: String)
  /// A node reads a value that does not list it among its users.
  case uses(node: String)
}

extension Violation: CustomStringConvertible {
  public var description: String {
    switch self {
    case .interface: "inputs, outputs or taps have other names or types than before"
    case .danglingOperand(let node): "\(node) reads a value that nothing makes"
    case .missingConstant(let name): "constant \(name) is read but missing"
    case .cycle(let node): "\(node) depends on its own result"
    case .types(let node): "the results of \(node) do not have its operator's types"
    case .uses(let node): "\(node) is not among the users of what it reads"
    }
  }
}

extension Graph {
  /// The first invariant that does not hold, in the order of the nodes.
  package func firstViolation(keeping interface: Interface) -> Violation? {
    guard Interface(of: self) == interface else { return .interface }
    var made: Set<ValueID> = []
    for value in outputs.map(\.value) + taps.values {
      if case .node = definition(of: value), producer(of: value) == nil {
        return .danglingOperand(node: "an output")
      }
    }
    for node in orderedNodes() {
      let label = "\(node.op.identifier) \"\(node.name)\""
      for operand in node.operands {
        switch definition(of: operand) {
        case .input: break
        case .constant(let name): if constants[name] == nil { return .missingConstant(name) }
        case .node:
          if producer(of: operand) == nil { return .danglingOperand(node: label) }
          if !made.contains(operand) { return .cycle(node: label) }
        }
        if !isUser(node.id, of: operand) { return .uses(node: label) }
      }
      let types = try? node.op.resultTypes(node.operands.map { type(of: $0) })
      guard types == node.results.map({ type(of: $0) }) else { return .types(node: label) }
      made.formUnion(node.results)
    }
    return nil
  }
}
