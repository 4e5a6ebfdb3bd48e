import Graph

/// A value that blocks read and add to: x, x + f(x), x + f(x) + g(x + f(x)), …
///
/// Read off the topology alone: in each sum one operand is the stream and the other is computed from it.
struct ResidualStream {
  struct Sum {
    let stream: ValueID
    let contribution: ValueID
    let result: ValueID
  }

  /// In the order of computation, each the stream of the next.
  let sums: [Sum]

  /// What the first sum adds to.
  var start: ValueID { sums[0].stream }

  /// The longest chain of sums of values of rank 3, the later one of equals; nil where there is none.
  init?(of graph: Graph) {
    var sums: [ValueID: (sum: Sum, length: Int)] = [:]
    var last: (sum: Sum, length: Int)?
    for node in graph.orderedNodes() {
      guard let sum = ResidualStream.sum(node, graph) else { continue }
      let entry = (sum, (sums[sum.stream]?.length ?? 0) + 1)
      sums[sum.result] = entry
      if entry.1 >= last?.length ?? 0 { last = entry }
    }
    guard let last else { return nil }
    var chain = [last.sum]
    while let before = sums[chain[chain.count - 1].stream] { chain.append(before.sum) }
    self.sums = chain.reversed()
  }

  private static func sum(_ node: Node, _ graph: Graph) -> Sum? {
    guard let binary = node.op as? Binary, binary.function == .add, node.operands[0] != node.operands[1]
    else {
      return nil
    }
    let type = graph.type(of: node.result)
    guard type.rank == 3, node.operands.allSatisfy({ graph.type(of: $0) == type }) else { return nil }
    for (stream, contribution) in [(0, 1), (1, 0)].map({ (node.operands[$0.0], node.operands[$0.1]) }) {
      if graph.depends(contribution, on: stream) {
        return Sum(stream: stream, contribution: contribution, result: node.result)
      }
    }
    return nil
  }
}

extension Graph {
  /// The nodes that `value` is computed by, as far as `end`.
  func nodes(from end: ValueID?, to value: ValueID) -> [Node] {
    var seen: Set<ValueID> = [value]
    var stack = [value]
    var nodes: [Node] = []
    while let next = stack.popLast() {
      guard next != end, let node = producer(of: next) else { continue }
      nodes.append(node)
      for operand in node.operands where seen.insert(operand).inserted { stack.append(operand) }
    }
    return nodes
  }
}
