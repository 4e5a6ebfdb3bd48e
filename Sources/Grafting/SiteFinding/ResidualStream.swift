import Graph

/// A value that blocks read and add to: x, x + f(x), x + f(x) + g(x + f(x)), …
///
/// Read off the topology alone: in each sum one operand is the stream and the other is computed from it. Between sums
/// the stream may be laid out anew, or be brought to a coarser map and another width, where a stage begins.
struct ResidualStream {
  struct Sum {
    let stream: ValueID
    /// What the stream is another layout of; itself where it is none.
    let root: ValueID
    let result: ValueID
    /// The nodes between the root and what is added, operands before users.
    let nodes: [Node]
  }

  /// In the order of computation, each stream computed from the sum before.
  let sums: [Sum]

  /// The longest chain of sums of tokens `[N, l, c]` and maps of rank 4, of equals the one that ends later; nil where
  /// there is none. Sums inside what another sum adds are no part of it.
  init?(of graph: Graph) {
    let ordered = graph.orderedNodes()
    let places = Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1.result, $0) })
    let found = ordered.compactMap { ResidualStream.sum($0, graph, ordered, places) }
    let inner = Set(found.flatMap { sum in sum.nodes.map(\.result) })
    var chains: [(sum: Sum, length: Int, before: Int?)] = []
    for sum in found where !inner.contains(sum.result) {
      let above = graph.ancestors(of: sum.stream)
      let before = chains.indices.filter { above.contains(chains[$0].sum.result) }
        .max { (chains[$0].length, $0) < (chains[$1].length, $1) }
      chains.append((sum, (before.map { chains[$0].length } ?? 0) + 1, before))
    }
    var next = chains.indices.max { (chains[$0].length, $0) < (chains[$1].length, $1) }
    guard next != nil else { return nil }
    var sums: [Sum] = []
    while let index = next {
      sums.append(chains[index].sum)
      next = chains[index].before
    }
    self.sums = sums.reversed()
  }

  private static func sum(
    _ node: Node, _ graph: Graph, _ ordered: [Node], _ places: [ValueID: Int]
  ) -> Sum? {
    guard let binary = node.op as? Binary, binary.function == .add, node.operands[0] != node.operands[1]
    else { return nil }
    let type = graph.type(of: node.result)
    guard type.rank == 3 || type.rank == 4, node.operands.allSatisfy({ graph.type(of: $0) == type }) else {
      return nil
    }
    for (stream, contribution) in [(0, 1), (1, 0)].map({ (node.operands[$0.0], node.operands[$0.1]) }) {
      guard graph.constant(for: stream) == nil, let last = places[contribution] else { continue }
      let root = graph.root(of: stream)
      let first = places[root].map { $0 + 1 } ?? 0
      let above = graph.ancestors(of: contribution, downTo: root)
      guard above.contains(root), first <= last else { continue }
      var reached: Set<ValueID> = [root]
      var between: [Node] = []
      for node in ordered[first...last]
      where above.contains(node.result) && !reached.isDisjoint(with: node.operands) {
        reached.insert(node.result)
        between.append(node)
      }
      return Sum(stream: stream, root: root, result: node.result, nodes: between)
    }
    return nil
  }
}

extension Graph {
  /// What a value holds all elements of in another layout.
  fileprivate func root(of value: ValueID) -> ValueID {
    var root = value
    while let node = producer(of: root), node.op is Reshape || node.op is Transpose { root = node.operands[0] }
    return root
  }

  /// The value and all that it is computed from; nothing beyond `end`.
  func ancestors(of value: ValueID, downTo end: ValueID? = nil) -> Set<ValueID> {
    var seen: Set<ValueID> = [value]
    var stack = [value]
    while let next = stack.popLast() {
      guard next != end, let node = producer(of: next) else { continue }
      for operand in node.operands where seen.insert(operand).inserted { stack.append(operand) }
    }
    return seen
  }

  /// The nodes that `value` is computed by, as far as `end`.
  func nodes(from end: ValueID?, to value: ValueID) -> [Node] {
    ancestors(of: value, downTo: end).sorted().compactMap { $0 == end ? nil : producer(of: $0) }
  }
}
