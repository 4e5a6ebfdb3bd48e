import Graph
import Tensors

/// What a session computes at a time: a network whose extents depend on its data is run in parts, each of which gives
/// the extents that the next is planned for.
struct Part: Sendable {
  /// Values of this part that later ones read, counts included.
  let wanted: [ValueID]
  /// The symbols that can be told after this part, the nodes that define them, and the values that count.
  let counts: [(symbol: String, rows: ValueID, count: ValueID)]
}

extension Part {
  /// The parts before the last one. Empty for a network all of whose extents follow from its inputs.
  static func all(of graph: Graph, for outputs: Set<ValueID>) -> [Part] {
    let nodes = Planner.needed(graph, outputs)
    guard nodes.contains(where: { $0.op is LeadingRows }) else { return [] }
    let levels = levels(of: nodes, in: graph)
    let last = levels.values.max() ?? 0

    var wanted = [Set<ValueID>](repeating: [], count: last + 1)
    var counts = [[(symbol: String, rows: ValueID, count: ValueID)]](repeating: [], count: last + 1)
    for node in nodes {
      let level = levels[node.result] ?? 0
      for operand in node.operands where graph.producer(of: operand) != nil {
        let own = levels[operand] ?? 0
        if own < level { wanted[own].insert(operand) }
      }
      if let op = node.op as? LeadingRows { counts[level - 1].append((op.symbol, node.result, node.operands[1])) }
    }
    for output in outputs where graph.producer(of: output) != nil { wanted[levels[output] ?? 0].insert(output) }
    return (0..<last).map { Part(wanted: wanted[$0].sorted(), counts: counts[$0]) }
  }

  /// How many counts in turn must be known before a value has extents.
  private static func levels(of nodes: [Node], in graph: Graph) -> [ValueID: Int] {
    var levels: [ValueID: Int] = [:]
    var symbols: [String: Int] = [:]
    // A node may use a symbol that one behind it defines, as orders follow operands alone; each round settles at
    // least one definition more.
    for _ in 0...nodes.count(where: { $0.op is LeadingRows }) {
      for node in nodes {
        var level = node.operands.map { levels[$0] ?? 0 }.max() ?? 0
        if let op = node.op as? LeadingRows {
          level += 1
          symbols[op.symbol] = level
        }
        for result in node.results {
          let own = graph.type(of: result).dimensions.flatMap(\.symbols).map { symbols[$0] ?? 0 }.max() ?? 0
          levels[result] = max(level, own)
        }
      }
    }
    return levels
  }
}

/// What is known of a run after some of its parts.
struct Known: Sendable {
  /// The inputs' symbols, and those that parts have given.
  private(set) var symbols: [String: Int]
  private(set) var counts: [String: Int] = [:]
  private(set) var values: [(value: ValueID, tensor: Tensor)] = []

  init(symbols: [String: Int]) { self.symbols = symbols }

  /// Takes in what a part has computed, by the numbers of its wanted values.
  mutating func add(
    _ part: Part, _ results: [String: Tensor], in graph: Graph, inputs: [Tensor]
  ) throws(RuntimeError) {
    for (index, value) in part.wanted.enumerated() {
      if let tensor = results["\(index)"] { values.append((value, tensor)) }
    }
    for (symbol, rows, count) in part.counts {
      let type = graph.type(of: rows)
      let whole = graph.producer(of: rows).flatMap { graph.type(of: $0.operands[0]).dimensions[0].evaluated(symbols) }
      guard let whole, let tensor = tensor(count, graph, inputs) else {
        throw .noShape(type: type, symbols: symbols)
      }
      let number = min(max(tensor.withView { $0.integer(at: 0) }, 0), whole)
      // A symbol has one value: a second definition must agree.
      guard symbols[symbol] == nil || symbols[symbol] == number else {
        throw .noShape(type: type, symbols: symbols)
      }
      symbols[symbol] = number
      counts[symbol] = number
    }
  }

  private func tensor(_ value: ValueID, _ graph: Graph, _ inputs: [Tensor]) -> Tensor? {
    if let known = values.first(where: { $0.value == value }) { return known.tensor }
    if let index = graph.inputs.firstIndex(where: { $0.value == value }) { return inputs[index] }
    return graph.constant(for: value)?.tensor()
  }
}
