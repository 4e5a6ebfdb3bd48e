import Graph
import Tensors
import Testing

/// Numbers between -1 and 1, the same for the same shape and seed.
func numbers(_ shape: Shape, seed: Int = 1) -> Tensor {
  let values = (0..<shape.elementCount).map { Float(($0 * 7919 + seed * 104_729) % 2003) / 1001 - 1 }
  return Tensor(values, shape: shape)
}

/// The numbers of a graph's outputs, by the operators' own evaluations; inputs are `numbers` of their shapes.
func evaluate(_ graph: Graph, symbols: [String: Int] = ["N": 2]) throws -> [[Double]] {
  var tensors: [ValueID: Tensor] = [:]
  for (index, port) in graph.inputs.enumerated() {
    tensors[port.value] = numbers(try #require(graph.type(of: port.value).shape(symbols)), seed: index + 11)
  }
  func tensor(_ value: ValueID) throws -> Tensor {
    try #require(tensors[value] ?? graph.constant(for: value)?.tensor())
  }
  for node in graph.orderedNodes() {
    let operands = try node.operands.map(tensor)
    let type = graph.type(of: node.result)
    let shape = try #require(type.shape(symbols))
    tensors[node.result] = Tensor(type: type.element, shape: shape) { bytes in
      let views = operands.map { operand in
        TensorView(
          type: operand.type, shape: operand.shape,
          bytes: UnsafeRawBufferPointer(
            rebasing: operand.storage.bytes[operand.offset..<operand.offset + operand.byteCount]))
      }
      withExtendedLifetime(operands) {
        node.op.evaluate(views, into: [MutableTensorView(type: type.element, shape: shape, bytes: bytes)])
      }
    }
  }
  return try graph.outputs.map { port in
    try tensor(port.value).withView { view in (0..<view.shape.elementCount).map { view.number(at: $0) } }
  }
}

/// Operators with their attributes: `slice axis=1 count=[2] start=0`.
func listing(_ graph: Graph) -> [String] {
  graph.orderedNodes().map { node in
    ([node.op.identifier] + node.op.attributes.sorted.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
  }
}

/// Runs rules to their end: the operators that are left, once it is sure that the graph still computes the
/// same.
func rewritten(
  _ graph: Graph, _ rules: [RewriteRule], sourceLocation: SourceLocation = #_sourceLocation
) throws -> [String] {
  var changed = graph
  try changed.rewrite([RewritePass("test", rules)])
  for (before, after) in zip(try evaluate(graph), try evaluate(changed)) {
    let worst = zip(before, after).map { abs($0 - $1) / max(1, abs($0)) }.max() ?? 0
    #expect(before.count == after.count && worst <= 1e-6, sourceLocation: sourceLocation)
  }
  return listing(changed)
}

/// Whether rules leave a graph as it is.
func isLeftAlone(_ graph: Graph, by rules: [RewriteRule]) throws -> Bool {
  var changed = graph
  return try changed.rewrite([RewritePass("test", rules)]) == 0
}

/// Writes a graph with one output.
struct Builder {
  var graph = Graph()

  mutating func input(_ name: String = "x", _ dimensions: [Dimension]) -> ValueID {
    graph.addInput(name, TensorType(.float32, dimensions))
  }

  mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
    graph.addConstant(Constant(name: name, tensor))
  }

  mutating func scalar(_ value: Double) -> ValueID {
    graph.addConstant(Constant(name: "scalar \(value)", Tensor([Float(value)], shape: [])))
  }

  mutating func add(_ op: any Operator, _ operands: ValueID...) throws -> ValueID {
    try graph.append(op, operands)[0]
  }

  /// Mutating so that operands are made before the graph is looked at.
  mutating func output(_ values: ValueID...) -> Graph {
    var graph = self.graph
    for (index, value) in values.enumerated() { graph.addOutput("y\(index)", value) }
    return graph
  }
}
