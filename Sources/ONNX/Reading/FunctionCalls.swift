/// Which functions call which, in graphs within nodes too.
struct FunctionCalls {
  let path: String
  let functions: [ONNXFunction]

  func refuseRecursion() throws(ONNXError) {
    var positions: [FunctionKey: Int] = [:]
    for (position, function) in functions.enumerated() {
      positions[FunctionKey(domain: function.domain, name: function.name)] = position
    }
    do throws(Cycle) {
      _ = try ordered(functions.count) { FunctionCalls.calls(of: functions[$0].nodes, positions) }
    } catch {
      throw .recursiveFunction(path: path, what: functions[error.thing].described)
    }
  }

  private static func calls(of nodes: [ONNXNode], _ positions: [FunctionKey: Int]) -> [Int] {
    var calls: [Int] = []
    for node in nodes {
      if let called = positions[FunctionKey(domain: node.domain, name: node.op)] { calls.append(called) }
      for (_, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
        if case .graph(let graph) = attribute { calls += FunctionCalls.calls(of: graph.nodes, positions) }
      }
    }
    return calls
  }
}
