internal import Tensors

/// Checks that each value is defined once and before it is used, and sorts nodes where the file did not.
///
/// A graph within a node sees the values of the graphs around it and defines none of their names again.
struct NameChecker {
  let path: String

  func check(_ graph: ONNXGraph, _ what: String) throws(ONNXError) -> ONNXGraph {
    let scope = try scope(of: graph, what)
    if let (value, user) = scope.outer.min(by: { $0.key < $1.key }) {
      throw .notDefined(path: path, what: user, value: value)
    }
    return scope.graph
  }

  func check(_ function: ONNXFunction) throws(ONNXError) -> ONNXFunction {
    let what = function.described
    guard !function.outputs.isEmpty else { throw .noOutputs(path: path, what: what) }
    for (names, isInput) in [(function.inputs, true), (function.outputs, false)] {
      var seen: Set<String> = []
      for name in names {
        guard !name.isEmpty else {
          throw .missingName(path: path, what: "\(what): the name of an \(isInput ? "input" : "output")")
        }
        guard seen.insert(name).inserted else {
          throw isInput
            ? .duplicateInput(path: path, what: what, name: name)
            : .duplicateOutput(path: path, what: what, name: name)
        }
      }
    }
    let body = try scope(function.nodes, given: function.inputs, results: function.outputs, what)
    if let (value, user) = body.outer.min(by: { $0.key < $1.key }) {
      throw .notDefined(path: path, what: user, value: value)
    }
    var function = function
    function.nodes = body.nodes
    return function
  }

  // MARK: Scopes

  /// Names by which things are used or defined, and who does so.
  private typealias Names = [String: String]

  private struct Scope {
    var nodes: [ONNXNode]
    /// Here and in the graphs within.
    var defined: Set<String>
    /// Used here or within, defined neither here nor there.
    var outer: Names
  }

  private func scope(
    of graph: ONNXGraph, _ what: String
  ) throws(ONNXError) -> (graph: ONNXGraph, defined: Set<String>, outer: Names) {
    let scope = try scope(
      graph.nodes, given: graph.inputs.map(\.name) + graph.initializers.keys,
      results: graph.outputs.map(\.name), what)
    var graph = graph
    graph.nodes = scope.nodes
    return (graph, scope.defined, scope.outer)
  }

  private func scope(
    _ nodes: [ONNXNode], given: [String], results: [String], _ what: String
  ) throws(ONNXError) -> Scope {
    var nodes = nodes
    var defined = Set(given)
    var producers: [String: Int] = [:]
    for (position, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard defined.insert(output).inserted else {
          throw .definedTwice(path: path, what: node.described(at: position), value: output)
        }
        producers[output] = position
      }
    }
    var outer: Names = [:]
    var defines = defined
    var operands: [[String]] = []
    operands.reserveCapacity(nodes.count)
    for position in nodes.indices {
      let within = try checkGraphs(of: &nodes[position], at: position)
      for name in within.defined.sorted() where defined.contains(name) {
        throw .definedTwice(path: path, what: within.owner, value: name)
      }
      defines.formUnion(within.defined)
      let own = nodes[position].inputs.filter { !$0.isEmpty }
      operands.append(own + within.outer.keys.sorted())
      for name in own where !defined.contains(name) && outer[name] == nil {
        outer[name] = nodes[position].described(at: position)
      }
      for (name, user) in within.outer where !defined.contains(name) && outer[name] == nil {
        outer[name] = user
      }
    }
    for name in results where !defined.contains(name) && outer[name] == nil {
      outer[name] = "the output of \(what)"
    }
    let order: [Int]
    do throws(Cycle) {
      order = try ordered(nodes.count) { operands[$0].compactMap { producers[$0] } }
    } catch {
      throw .cycle(path: path, what: nodes[error.thing].described(at: error.thing))
    }
    return Scope(nodes: order.map { nodes[$0] }, defined: defines, outer: outer)
  }

  /// Checks and sorts the graphs that are attributes of a node.
  private func checkGraphs(
    of node: inout ONNXNode, at position: Int
  ) throws(ONNXError) -> (defined: Set<String>, outer: Names, owner: String) {
    var defined: Set<String> = []
    var outer: Names = [:]
    var owner = ""
    for (name, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
      guard case .graph(let graph) = attribute else { continue }
      owner = "\(node.described(at: position)): attribute \(printable(name))"
      let scope = try scope(of: graph, owner)
      node.attributes[name] = .graph(scope.graph)
      defined.formUnion(scope.defined)
      outer.merge(scope.outer) { first, _ in first }
    }
    return (defined, outer, owner)
  }
}

extension ONNXFunction {
  /// For errors.
  var described: String { "function \(printable(name)) of domain \(printable(domain))" }
}
