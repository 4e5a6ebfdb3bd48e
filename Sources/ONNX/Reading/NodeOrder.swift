import Tensors

/// Checks that every value has one definition and puts nodes after those that they read.
struct NodeOrder {
  let path: String
  /// The graph's inputs and initializers.
  let known: Set<String>
  /// What the graph sees from the one around it; nil where that cannot be known, and undefined values pass.
  let outer: Set<String>?

  /// `node 3 "conv1" (Conv)`
  static func described(_ node: ONNXNode, _ index: Int) -> String {
    let name = node.name.isEmpty ? "" : " \(quoted(node.name))"
    return "node \(index)\(name) (\(node.domain.isEmpty ? "" : node.domain + ".")\(node.op))"
  }

  /// The nodes in an order in which operands come first: the file's own where it is one.
  func sorted(_ nodes: [ONNXNode]) throws(ONNXError) -> [ONNXNode] {
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        let isNew = makers.updateValue(index, forKey: output) == nil
        guard isNew, !known.contains(output) else { throw .duplicateName(path: path, what: "values", name: output) }
      }
    }
    var operands: [[Int]] = []
    for (index, node) in nodes.enumerated() {
      var own: [Int] = []
      for input in NodeOrder.reads(node) where !input.isEmpty && !known.contains(input) {
        if let maker = makers[input] {
          own.append(maker)
        } else if let outer, !outer.contains(input) {
          throw .undefinedValue(path: path, what: NodeOrder.described(node, index), value: input)
        }
      }
      operands.append(own)
    }
    if operands.enumerated().allSatisfy({ index, own in own.allSatisfy { $0 < index } }) { return nodes }
    return try depthFirst(nodes, operands)
  }

  /// What a node reads itself and what its subgraphs read.
  private static func reads(_ node: ONNXNode) -> [String] {
    var names = node.inputs
    for case .graph(let graph) in node.attributes.values {
      let own = Set(graph.inputs.map(\.name) + graph.initializers.keys + graph.nodes.flatMap(\.outputs))
      names += graph.nodes.flatMap(reads).filter { !own.contains($0) }.sorted()
    }
    return names
  }

  private func depthFirst(_ nodes: [ONNXNode], _ operands: [[Int]]) throws(ONNXError) -> [ONNXNode] {
    enum Mark { case new, open, done }
    var marks = [Mark](repeating: .new, count: nodes.count)
    var order: [ONNXNode] = []
    for root in nodes.indices where marks[root] == .new {
      var stack: [(node: Int, next: Int)] = [(root, 0)]
      marks[root] = .open
      while let (node, next) = stack.last {
        guard next < operands[node].count else {
          marks[node] = .done
          order.append(nodes[node])
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        let operand = operands[node][next]
        switch marks[operand] {
        case .done: continue
        case .open: throw .cyclic(path: path, what: NodeOrder.described(nodes[operand], operand))
        case .new:
          marks[operand] = .open
          stack.append((operand, 0))
        }
      }
    }
    return order
  }

  func require(outputs: [String], _ nodes: [ONNXNode]) throws(ONNXError) {
    let made = Set(nodes.flatMap(\.outputs))
    for output in outputs where !known.contains(output) && !made.contains(output) && outer?.contains(output) != true {
      throw .undefinedValue(path: path, what: "output \(quoted(output))", value: output)
    }
  }
}
