extension Graph {
  /// What makes these outputs of these values, which become inputs of the graph under their names.
  ///
  /// Outputs, taps and inputs keep their names; inputs that nothing needs go. The extents of what becomes an input are
  /// its own: `N` stays, others become symbols named after the input. Throws where an output depends on another symbol.
  ///
  /// With `keepingExtents` they stay as they are, and inputs that tell the symbols stay inputs, read or not: for outputs
  /// whose extents follow from those.
  public func cut(
    at names: [String], outputs wanted: [String], keepingExtents: Bool = false
  ) throws(TypeError) -> Graph {
    var result = Graph()
    var values: [ValueID: ValueID] = [:]
    let named = Dictionary(outputs.map { ($0.name, $0.value) }) { first, _ in first }
    let cut = names.compactMap { named[$0] ?? taps[$0] }
    let symbols = cut.reduce(into: Set<String>()) { $0.formUnion(type(of: $1).elementCount.symbols) }
    for port in inputs where keepingExtents && !symbols.isDisjoint(with: type(of: port.value).elementCount.symbols) {
      values[port.value] = result.addInput(port.name, type(of: port.value))
    }
    for name in names {
      guard let value = named[name] ?? taps[name] else { continue }
      var type = type(of: value)
      if keepingExtents {
        values[value] = result.addInput(name, type)
        continue
      }
      type.dimensions = type.dimensions.enumerated().map { axis, dimension in
        dimension.constant != nil || dimension == .symbol("N") ? dimension : .symbol("\(name).\(axis)")
      }
      values[value] = result.addInput(name, type)
    }
    for port in wanted {
      guard let value = named[port] ?? taps[port] else { continue }
      result.addOutput(port, try copy(value, into: &result, &values))
    }
    return result
  }

  private func copy(
    _ root: ValueID, into target: inout Graph, _ values: inout [ValueID: ValueID]
  ) throws(TypeError) -> ValueID {
    var stack = [root]
    while let value = stack.last {
      if values[value] != nil {
        stack.removeLast()
        continue
      }
      switch definition(of: value) {
      case .input(let name): values[value] = target.addInput(name, type(of: value))
      case .constant(let name):
        if let constant = constants[name] { values[value] = target.addConstant(constant) }
      case .node:
        guard let node = producer(of: value) else { preconditionFailure("a value has a definition") }
        let missing = node.operands.filter { values[$0] == nil }
        guard missing.isEmpty else {
          stack += missing
          continue
        }
        let results = try target.append(node.op, node.operands.compactMap { values[$0] }, name: node.name)
        for (old, new) in zip(node.results, results) { values[old] = new }
      }
    }
    guard let copied = values[root] else { preconditionFailure("the root has been copied") }
    return copied
  }
}
