extension ONNXNode {
  /// The names that the node reads, and those that graphs within it read, their own included.
  var reads: [String] {
    inputs
      + attributes.values.flatMap { attribute in
        guard case .graph(let graph) = attribute else { return [String]() }
        return graph.outputs.map(\.name) + graph.nodes.flatMap(\.reads)
      }
  }
}
