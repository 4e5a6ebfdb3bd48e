extension Graph {
  /// The network for inputs whose symbolic extents are these numbers; symbols without an entry stay.
  ///
  /// What a fixed extent makes superfluous is left out, such as resizing positions to the grid that they have. Nodes
  /// that outputs and taps do not need are left out as well.
  public func fixing(_ extents: [String: Int]) throws -> Graph {
    let numbers = extents.mapValues { Dimension($0) }
    var fixed = Graph()
    var values: [ValueID: ValueID] = [:]
    for port in inputs { values[port.value] = fixed.addInput(port.name, type(of: port.value).substituting(numbers)) }
    func value(_ old: ValueID) throws(TypeError) -> ValueID {
      if let known = values[old] { return known }
      guard let constant = constant(for: old) else {
        throw .attribute(op: "fixing", name: "operand", expected: "a value of the graph", found: "\(old)")
      }
      let new = fixed.addConstant(constant)
      values[old] = new
      return new
    }
    for node in orderedNodes() {
      let operands = try node.operands.map(value)
      let results = try fixed.append(node.op.substituting(numbers), operands, name: node.name)
      for (old, new) in zip(node.results, results) { values[old] = new }
    }
    for port in outputs { fixed.addOutput(port.name, try value(port.value)) }
    for (name, tapped) in taps { fixed.setTap(name, try value(tapped)) }
    for site in sites {
      guard let new = values[site.value] else { continue }
      let layout = site.layout.substituting(numbers)
      fixed.addSite(Site(block: site.block, slot: site.slot, stage: site.stage, layout: layout, value: new))
    }
    try fixed.rewrite(.fixing)
    return fixed
  }
}

extension [RewritePass] {
  /// What becomes superfluous when extents are known.
  public static let fixing: [RewritePass] = [
    RewritePass("identities", [.dropResize, .foldResize, .joinSlices]), RewritePass("views", [.simplifyViews]),
  ]
}

extension TensorType {
  /// The type with symbols replaced by other dimensions; symbols without an entry stay.
  public func substituting(_ replacements: [String: Dimension]) -> TensorType {
    TensorType(element, dimensions.map { $0.substituting(replacements) })
  }
}

extension Operator {
  /// The operator with symbols of its settings replaced by other dimensions.
  fileprivate func substituting(_ replacements: [String: Dimension]) throws(TypeError) -> any Operator {
    var values = attributes.values
    for case (let name, .dimensions(let dimensions)) in values {
      values[name] = .dimensions(dimensions.map { $0.substituting(replacements) })
    }
    guard values != attributes.values else { return self }
    return try OperatorCatalog.decode(identifier, Attributes(values)) ?? self
  }
}

extension Site.Layout {
  fileprivate func substituting(_ replacements: [String: Dimension]) -> Site.Layout {
    guard case .tokens(let prefix, let height, let width) = self else { return self }
    return .tokens(
      prefix: prefix, height: height.substituting(replacements), width: width.substituting(replacements))
  }
}
