import Graph
import Tensors

/// Walks an ONNX model's nodes and builds a graph of what they compute.
///
/// Shape computations are carried out on the way; tensors that are known stay outside the graph until it
/// reads them.
final class Importer {
  private(set) var graph = Graph()
  private let model: ONNXModel
  private let functions: [String: ONNXFunction]
  private var constantNames: Set<String>
  /// Initializers that a lowered node asked for.
  private(set) var initializersRead: Set<String> = []
  private var nodesLowered = 0
  private var symbols = Symbols()

  /// What a file may ask for; real networks stay far below.
  private enum Limit {
    static let nodes = 1 << 18
    static let callDepth = 16
    static let recipeDepth = 16
    static let rank = 12
    /// Factors of one extent's polynomial.
    static let dimensionSize = 24
    /// Terms that a tensor's element count may have before they are collected.
    static let countTerms = 1024
  }

  /// Names and what they stand for: of the whole graph, or of one call of a function.
  final class Scope {
    var values: [String: Imported] = [:]
    let initializers: [String: Tensor]
    /// The names around a graph within a node.
    let outer: Scope?
    let opsets: [String: Int]
    /// The attributes that references stand for.
    let attributes: [String: ONNXAttribute]
    let depth: Int

    init(
      _ initializers: [String: Tensor], _ opsets: [String: Int], _ attributes: [String: ONNXAttribute],
      depth: Int, outer: Scope? = nil
    ) {
      self.outer = outer
      self.initializers = initializers
      self.opsets = opsets
      self.attributes = attributes
      self.depth = depth
    }
  }

  init(_ model: ONNXModel) {
    self.model = model
    functions = Dictionary(model.functions.map { ("\($0.domain).\($0.name)", $0) }) { first, _ in first }
    constantNames = Set(model.graph.initializers.keys)
  }

  func run() throws(LoweringError) {
    let outputs = model.graph.outputs.map(\.name)
    let needed = Importer.needed(model.graph.nodes, outputs)
    var unsupported: Set<NodeReference> = []
    var visited: Set<String> = []
    collectUnsupported(needed, model.opsets, &unsupported, &visited)
    guard unsupported.isEmpty else { throw .unsupported(unsupported.sorted()) }

    let scope = Scope(model.graph.initializers, model.opsets, [:], depth: 0)
    for (index, input) in model.graph.inputs.enumerated() {
      let type = try symbols.type(of: input, isFirst: index == 0)
      guard scope.values[input.name] == nil else {
        throw .input(name: input.name, expected: "one input of this name", found: "several")
      }
      scope.values[input.name] = .value(graph.addInput(input.name, type))
    }
    try lower(needed, Set(outputs), scope)
    for name in outputs { graph.addOutput(name, try output(name, scope)) }
    graph.prune()
  }

  private func output(_ name: String, _ scope: Scope) throws(LoweringError) -> ValueID {
    guard !graph.outputs.contains(where: { $0.name == name }) else {
      throw .output(name: name, found: "several")
    }
    guard let imported = resolve(name, scope) else { throw .output(name: name, found: "nothing") }
    if case .indices(let indices) = imported { throw .output(name: name, found: "indices, \(indices)") }
    if case .integers(let integers) = imported, integers.constants == nil {
      throw .output(name: name, found: "a shape, \(integers)")
    }
    return value(imported)
  }

  // MARK: Nodes

  /// The nodes that these names need, in the order of the file.
  private static func needed(_ nodes: [ONNXNode], _ names: [String]) -> [ONNXNode] {
    var needed = Set(names)
    var kept: [ONNXNode] = []
    for node in nodes.reversed() where !needed.isDisjoint(with: node.outputs.filter { !$0.isEmpty }) {
      needed.formUnion(node.reads)
      kept.append(node)
    }
    return kept.reversed()
  }

  private func collectUnsupported(
    _ nodes: [ONNXNode], _ opsets: [String: Int], _ unsupported: inout Set<NodeReference>,
    _ visited: inout Set<String>, depth: Int = 0
  ) {
    // Deeper calls are refused when they are lowered.
    guard depth <= Limit.callDepth else { return }
    for node in nodes {
      for case .graph(let graph) in node.attributes.values {
        collectUnsupported(graph.nodes, opsets, &unsupported, &visited, depth: depth + 1)
      }
      let key = "\(node.domain).\(node.op)"
      if let function = functions[key] {
        if visited.insert(key).inserted {
          collectUnsupported(function.nodes, function.opsets, &unsupported, &visited, depth: depth + 1)
        }
      } else if LoweringTable.lowering(of: node, opsets: opsets) == nil {
        unsupported.insert(NodeReference(node, opset: opsets[node.domain]))
      }
    }
  }

  /// Lowers nodes in turn. `results` are the names that are wanted beside those that the nodes read
  /// themselves.
  private func lower(_ nodes: [ONNXNode], _ results: Set<String>, _ scope: Scope) throws(LoweringError) {
    let read = nodes.reduce(into: results) { $0.formUnion($1.reads) }
    for node in nodes {
      var node = node
      node.attributes = node.attributes.compactMapValues { attribute in
        if case .reference(let name) = attribute { scope.attributes[name] } else { attribute }
      }
      let reference = NodeReference(node, opset: scope.opsets[node.domain])
      nodesLowered += 1
      guard nodesLowered <= Limit.nodes else {
        throw .limit(reference, what: "nodes", limit: Limit.nodes, found: nodesLowered)
      }
      let operands = try operands(of: node, reference, scope)
      let made: [Imported]
      if let function = functions["\(node.domain).\(node.op)"] {
        made = try call(function, node, operands, reference, depth: scope.depth + 1)
      } else {
        guard let lowering = LoweringTable.lowering(of: node, opsets: scope.opsets) else {
          throw .unsupported([reference])
        }
        let reader = NodeReader(node, reference, operands, self, scope)
        made = try lowering.results(reader)
        try reader.checkEverythingWasRead()
      }
      for (index, name) in node.outputs.enumerated() where !name.isEmpty {
        guard index < made.count else {
          guard read.contains(name) else { continue }
          throw .result(reference, index: index, name: name)
        }
        guard scope.values[name] == nil, scope.initializers[name] == nil else {
          throw .redefined(reference, name: name)
        }
        scope.values[name] = made[index]
      }
    }
  }

  private func operands(
    of node: ONNXNode, _ reference: NodeReference, _ scope: Scope
  ) throws(LoweringError) -> [Imported?] {
    var operands: [Imported?] = []
    for name in node.inputs {
      if name.isEmpty {
        operands.append(nil)
      } else if let operand = resolve(name, scope) {
        operands.append(operand)
      } else {
        throw .undefined(reference, name: name)
      }
    }
    return operands
  }

  private func resolve(_ name: String, _ scope: Scope) -> Imported? {
    if let tensor = scope.initializers[name] {
      initializersRead.insert(name)
      return initializer(name, tensor, scope)
    }
    return scope.values[name] ?? scope.outer.flatMap { resolve(name, $0) }
  }

  /// Lowers the nodes of a graph within a node in its place, for these values of its inputs.
  func results(
    of graph: ONNXGraph, _ arguments: [Imported], _ node: NodeReader
  ) throws(LoweringError) -> [Imported] {
    let depth = node.scope.depth + 1
    guard depth <= Limit.callDepth else {
      throw .limit(node.reference, what: "graphs within each other", limit: Limit.callDepth, found: depth)
    }
    nodesLowered += graph.nodes.count + 1
    guard nodesLowered <= Limit.nodes else {
      throw .limit(node.reference, what: "nodes", limit: Limit.nodes, found: nodesLowered)
    }
    guard arguments.count == graph.inputs.count else {
      throw .operandCount(node.reference, expected: graph.inputs.count, found: arguments.count)
    }
    let scope = Scope(
      graph.initializers, node.scope.opsets, node.scope.attributes, depth: depth, outer: node.scope)
    for (input, argument) in zip(graph.inputs, arguments) { scope.values[input.name] = argument }
    let outputs = graph.outputs.map(\.name)
    try lower(Importer.needed(graph.nodes, outputs), Set(outputs), scope)
    var results: [Imported] = []
    for name in outputs {
      guard let result = resolve(name, scope) else { throw .undefined(node.reference, name: name) }
      results.append(result)
    }
    return results
  }

  private func initializer(_ name: String, _ tensor: Tensor, _ scope: Scope) -> Imported {
    if let known = scope.values[name] { return known }
    let known = Imported.constant(KnownTensor(name: name, .stored(tensor)))
    scope.values[name] = known
    return known
  }

  /// Lowers the nodes of a function in the place of the node that calls it.
  private func call(
    _ function: ONNXFunction, _ node: ONNXNode, _ operands: [Imported?], _ reference: NodeReference,
    depth: Int
  ) throws(LoweringError) -> [Imported] {
    guard depth <= Limit.callDepth else {
      throw .limit(reference, what: "functions within each other", limit: Limit.callDepth, found: depth)
    }
    guard operands.count <= function.inputs.count else {
      throw .operandCount(reference, expected: function.inputs.count, found: operands.count)
    }
    nodesLowered += function.nodes.count
    let scope = Scope([:], function.opsets, node.attributes, depth: depth)
    for (name, operand) in zip(function.inputs, operands) { scope.values[name] = operand }
    try lower(Importer.needed(function.nodes, function.outputs), Set(function.outputs), scope)
    var results: [Imported] = []
    for name in function.outputs {
      guard let result = scope.values[name] else { throw .undefined(reference, name: name) }
      results.append(result)
    }
    return results
  }

  // MARK: Values

  func type(_ imported: Imported) -> TensorType {
    switch imported {
    case .value(let value): graph.type(of: value)
    case .constant(let known): known.type
    case .integers(let integers): TensorType(integers.element, integers.extents.map { Dimension($0) })
    case .indices(let indices): TensorType(indices.element, indices.extents)
    }
  }

  /// The integers that an operand is, known up to symbols; nil where it is something else.
  func integers(_ imported: Imported) -> IntegerTensor? {
    switch imported {
    case .integers(let integers): integers
    case .constant(let known):
      known.content.shape.elementCount > IntegerTensor.limit ? nil : IntegerTensor(known.content.tensor())
    case .value, .indices: nil
    }
  }

  /// The value in the graph; constants enter it here. What depends on symbols has none: it gives zeros.
  private func value(_ imported: Imported) -> ValueID {
    switch imported {
    case .value(let value): return value
    case .indices: return value(.integers(IntegerTensor(vector: [])))
    case .constant(let known):
      if let value = known.value { return value }
      let value = graph.addConstant(Constant(name: freeName(known), known.content))
      known.value = value
      return value
    case .integers(let integers):
      return value(.constant(Importer.known(integers)))
    }
  }

  /// Integers as a tensor; those that depend on symbols give zeros.
  static func known(_ integers: IntegerTensor) -> KnownTensor {
    let tensor = Tensor(type: integers.element, shape: Shape(integers.extents)) { bytes in
      let view = MutableTensorView(type: integers.element, shape: Shape(integers.extents), bytes: bytes)
      for (position, element) in integers.elements.enumerated() {
        view.store(element.constant ?? 0, at: position)
      }
    }
    return KnownTensor(name: "integers", .stored(tensor))
  }

  /// Initializers keep their names; what is derived from them, or made by a node, gets one that is free.
  private func freeName(_ known: KnownTensor) -> String {
    if let own = model.graph.initializers[known.name], known.content.isSame(as: .stored(own)) {
      return known.name
    }
    var (name, count) = (known.name, 1)
    while !constantNames.insert(name).inserted {
      count += 1
      name = "\(known.name).\(count)"
    }
    return name
  }

  /// A symbol for an extent that no input gives.
  func freeSymbol(_ wanted: String) -> String { symbols.unused(wanted) }

  // MARK: Applying operators

  func apply(
    _ op: any Operator, _ operands: [Imported], _ node: NodeReference, name: String
  ) throws(LoweringError) -> Imported {
    var operands = operands
    for (index, operand) in operands.enumerated() {
      if case .indices(let indices) = operand {
        throw .operand(node, index: index, expected: "a value of the network", found: "indices, \(indices)")
      }
      guard case .integers(let integers) = operand else { continue }
      guard integers.constants != nil else {
        throw .operand(node, index: index, expected: "a value of the network", found: "a shape, \(integers)")
      }
      operands[index] = .constant(Importer.known(integers))
    }
    let result: ValueID
    do throws(TypeError) {
      if let folded = try folded(op, operands, name) { return .constant(folded) }
      result = try graph.append(op, operands.map { value($0) }, name: node.name)[0]
    } catch {
      throw .types(node, error)
    }
    try check(graph.type(of: result).dimensions, node)
    return .value(result)
  }

  /// The result, where every operand is known: a recipe where that costs nothing, numbers where they are few.
  private func folded(_ op: any Operator, _ operands: [Imported], _ name: String) throws(TypeError)
    -> KnownTensor?
  {
    var known: [KnownTensor] = []
    for operand in operands {
      guard case .constant(let tensor) = operand else { return nil }
      known.append(tensor)
    }
    guard let first = known.first, let type = try op.resultTypes(known.map(\.type)).first,
      let shape = type.shape
    else {
      return nil
    }
    switch op {
    case _ where first.content.depth >= Limit.recipeDepth: break
    case let transpose as Transpose:
      return KnownTensor(name: name, first.content.transposed(transpose.permutation))
    case is Reshape: return KnownTensor(name: name, first.content.reshaped(shape))
    case let convert as Convert where convert.element.isFloatingPoint && first.content.elementType.isFloatingPoint:
      return KnownTensor(name: name, .converted(first.content, convert.element))
    default: break
    }
    let tensors = known.compactMap(\.small)
    guard tensors.count == known.count, shape.elementCount <= KnownTensor.smallLimit else { return nil }
    let result = Tensor(type: type.element, shape: shape) { bytes in
      let views = tensors.map { tensor in
        TensorView(
          type: tensor.type, shape: tensor.shape,
          bytes: UnsafeRawBufferPointer(
            rebasing: tensor.storage.bytes[tensor.offset..<tensor.offset + tensor.byteCount]))
      }
      let target = MutableTensorView(type: type.element, shape: shape, bytes: bytes)
      guard shape.elementCount > 0 else { return }
      withExtendedLifetime(tensors) { op.evaluate(views, into: [target]) }
    }
    return KnownTensor(name: name, .stored(result))
  }

  /// Throws where extents are negative, overflow, or would make arithmetic with them costly.
  func check(
    _ dimensions: [Dimension], _ node: NodeReference, mayBeNegative: Bool = false
  ) throws(LoweringError) {
    guard dimensions.count <= Limit.rank else {
      throw .limit(node, what: "axes", limit: Limit.rank, found: dimensions.count)
    }
    var terms = 1
    for dimension in dimensions {
      try check(dimension, node)
      if !mayBeNegative, let constant = dimension.constant, constant < 0 {
        throw .operand(
          node, index: 0, expected: "extents that leave a result", found: "an extent of \(constant)")
      }
      terms *= dimension.termCount
      guard terms <= Limit.countTerms else {
        throw .limit(node, what: "terms in a tensor's element count", limit: Limit.countTerms, found: terms)
      }
    }
  }

  func check(_ dimension: Dimension, _ node: NodeReference) throws(LoweringError) {
    guard dimension.size <= Limit.dimensionSize else {
      throw .limit(node, what: "factors in an extent", limit: Limit.dimensionSize, found: dimension.size)
    }
    if dimension.symbols.isEmpty, dimension.constant == nil {
      throw .limit(node, what: "elements along an axis", limit: 1 << 56, found: Int.max)
    }
  }
}
