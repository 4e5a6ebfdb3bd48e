import Graph
import Tensors

/// Walks a graph's nodes and writes each in operators of ONNX.
final class Exporter {
  let graph: Graph
  let opset: Int
  private(set) var nodes: [ONNXNode] = []
  /// By name, in the order in which nodes ask for them.
  private(set) var initializers: [ExportedModel.Initializer] = []
  private var initializerPlaces: [String: Int] = [:]
  private var names: [ValueID: String] = [:]
  private let portNames: Set<String>
  private var usedNames: Set<String>
  private var counts: [String: Int] = [:]
  private var integerLists: [[Int]: String] = [:]
  private var numbers: [Numbers: String] = [:]
  private var extents: [Dimension: String] = [:]

  private struct Numbers: Hashable {
    let value: Double
    let type: ElementType
  }

  init(_ graph: Graph, opset: Int) {
    self.graph = graph
    self.opset = opset
    portNames = Set(graph.inputs.map(\.name) + graph.outputs.map(\.name))
    usedNames = portNames.union(graph.constants.keys)
  }

  func run() throws(ExportError) {
    let needed = Exporter.needed(graph)
    var unsupported: [String: Int] = [:]
    for node in needed where WritingTable.byIdentifier[node.op.identifier] == nil {
      unsupported[node.op.identifier, default: 0] += 1
    }
    guard unsupported.isEmpty else { throw .unsupported(unsupported) }
    for port in graph.inputs { names[port.value] = port.name }
    for node in needed {
      guard let writing = WritingTable.byIdentifier[node.op.identifier] else { continue }
      let results = try writing.results(NodeWriter(node, self))
      for (value, name) in zip(node.results, results) { names[value] = name }
    }
    try nameOutputs()
  }

  /// The nodes that the outputs need; what only taps need is left out.
  private static func needed(_ graph: Graph) -> [Node] {
    let ordered = graph.orderedNodes()
    var needed = Set(graph.outputs.map(\.value))
    for node in ordered.reversed() where !needed.isDisjoint(with: node.results) { needed.formUnion(node.operands) }
    return ordered.filter { !needed.isDisjoint(with: $0.results) }
  }

  /// Gives results the names of the outputs; what has another name already (an input, a constant, a second output
  /// of one value) goes through Identity.
  private func nameOutputs() throws(ExportError) {
    var renamed: [String: String] = [:]
    let made = Set(nodes.flatMap(\.outputs))
    var copies: [(from: String, to: String)] = []
    for port in graph.outputs {
      let name = try self.name(of: port.value)
      if made.contains(name), renamed[name] == nil {
        renamed[name] = port.name
      } else {
        copies.append((name, port.name))
      }
    }
    for index in nodes.indices {
      nodes[index].inputs = nodes[index].inputs.map { renamed[$0] ?? $0 }
      nodes[index].outputs = nodes[index].outputs.map { renamed[$0] ?? $0 }
    }
    for copy in copies {
      nodes.append(
        ONNXNode(name: copy.to, op: "Identity", inputs: [renamed[copy.from] ?? copy.from], outputs: [copy.to]))
    }
  }

  // MARK: Names

  func freeName(_ wanted: String) -> String {
    guard !usedNames.insert(wanted).inserted else { return wanted }
    var name = wanted
    repeat {
      counts[wanted, default: 1] += 1
      name = "\(wanted).\(counts[wanted] ?? 0)"
    } while !usedNames.insert(name).inserted
    return name
  }

  /// The name of a value; a constant becomes an initializer of its own name.
  func name(of value: ValueID) throws(ExportError) -> String {
    if let name = names[value] { return name }
    guard let constant = graph.constant(for: value) else {
      preconditionFailure("inputs are named first, and operands before their users")
    }
    let name = addInitializer(constant.name, constant.content)
    names[value] = name
    return name
  }

  /// An initializer of this content; `name` is that of the constant it comes from.
  func addInitializer(_ name: String, _ content: Constant.Content) -> String {
    if let place = initializerPlaces[name] {
      if initializers[place].content.isSame(as: content) { return name }
      for initializer in initializers where initializer.origin == name && initializer.content.isSame(as: content) {
        return initializer.name
      }
    }
    let own = initializerPlaces[name] == nil && !portNames.contains(name) ? name : freeName(name)
    usedNames.insert(own)
    initializerPlaces[own] = initializers.count
    initializers.append(ExportedModel.Initializer(name: own, origin: name, content: content))
    return own
  }

  // MARK: Constants of the writing itself

  func integers(_ values: [Int]) -> String {
    if let known = integerLists[values] { return known }
    let tensor = Tensor(values.map(Int64.init), shape: [values.count])
    let name = addInitializer(freeName("integers"), .stored(tensor))
    integerLists[values] = name
    return name
  }

  func number(_ value: Double, _ type: ElementType) -> String {
    let key = Numbers(value: value, type: type)
    if let known = numbers[key] { return known }
    let tensor = Tensor([value], shape: []).converted(to: type)
    let name = addInitializer(freeName("number"), .stored(tensor))
    numbers[key] = name
    return name
  }

  // MARK: Nodes

  func emit(
    _ op: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], results: Int = 1
  ) -> [String] {
    let outputs = (0..<results).map { _ in freeName(op.lowercased()) }
    nodes.append(ONNXNode(name: outputs[0], op: op, inputs: inputs, outputs: outputs, attributes: attributes))
    return outputs
  }

  /// An extent as a list of one integer, computed from the inputs' shapes where it is not known.
  func extent(_ dimension: Dimension, for node: String) throws(ExportError) -> String {
    if let constant = dimension.constant { return integers([constant]) }
    if let known = extents[dimension] { return known }
    guard !dimension.symbols.isEmpty else { throw .openExtent(node: node, extent: "\(dimension)") }
    var sum: String?
    for term in dimension.terms {
      var product = term.factors.isEmpty || term.coefficient != 1 ? integers([term.coefficient]) : nil
      for factor in term.factors {
        let value = try self.factor(factor, for: node)
        product = product.map { emit("Mul", [$0, value])[0] } ?? value
      }
      guard let product else { continue }
      sum = sum.map { emit("Add", [$0, product])[0] } ?? product
    }
    let result = sum ?? integers([0])
    extents[dimension] = result
    return result
  }

  func define(_ symbol: String, as extent: String) { extents[.symbol(symbol)] = extent }

  private func factor(_ factor: Dimension.Factor, for node: String) throws(ExportError) -> String {
    switch factor {
    case .symbol(let symbol):
      for port in graph.inputs {
        guard let axis = graph.type(of: port.value).dimensions.firstIndex(of: .symbol(symbol)) else { continue }
        if let known = extents[.symbol(symbol)] { return known }
        let extent = emit("Shape", [port.name], ["start": .int(Int64(axis)), "end": .int(Int64(axis + 1))])[0]
        extents[.symbol(symbol)] = extent
        return extent
      }
      throw .openExtent(node: node, extent: symbol)
    case .quotient(let numerator, let divisor):
      // Div rounds toward zero, a dimension's quotient down; they part below zero.
      if numerator.isKnownNonNegative {
        return emit("Div", [try extent(numerator, for: node), integers([divisor])])[0]
      }
      let opposite = Dimension(0) - numerator
      if opposite.isKnownNonNegative {
        let rounded = emit("Div", [try extent(opposite + Dimension(divisor - 1), for: node), integers([divisor])])[0]
        return emit("Mul", [rounded, integers([-1])])[0]
      }
      let value = try extent(numerator, for: node)
      let rest = emit("Mod", [value, integers([divisor])])[0]
      return emit("Div", [emit("Sub", [value, rest])[0], integers([divisor])])[0]
    }
  }
}
