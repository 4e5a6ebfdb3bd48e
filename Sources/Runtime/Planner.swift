import Graph
import Kernels
import Tensors

/// Turns a graph and concrete extents into a plan.
///
/// Nodes are visited in the graph's order. A rule may take a node over into the step of its only reader: then the
/// node is *deferred*, and the reader's step does its work as well.
final class Planner {
  let graph: Graph
  let kernels: KernelSet
  let pool: ThreadPool
  let weights: PackedWeights
  private let values: FoldedValues
  let mode: Plan.Mode
  let precision: Precision
  private let keepAll: Bool
  private let symbols: [String: Int]
  private let nodes: [Node]
  private let wanted: Set<ValueID>
  /// Values that a part before this one has computed; they follow the graph's inputs.
  private let given: [ValueID]
  /// How many operands of planned nodes a value is, and which of `nodes` is the last to read it.
  private var readers: ValueTable<(count: Int, last: Int)>

  /// Of what planned nodes read and make, and of outputs.
  private var shapes: ValueTable<Shape?>
  /// The graph's, of these values.
  private var constants: ValueTable<Constant?>
  private var folded: ValueTable<Folded?>
  /// Constants that had to be computed from what files hold.
  private var derived: ValueTable<Tensor?>
  /// Folded values that are the same for every input shape.
  private var fixed: ValueTable<Bool>
  private var deferred: ValueTable<Bool>
  /// A value that shares the bytes of another.
  private var aliases: ValueTable<ValueID?>
  private var emitted: [Emission] = []

  /// A value that depends on constants alone: computed when it is asked for, as what is made of it may be known.
  private final class Folded {
    let node: Node
    let recipe: FoldedValues.Recipe
    let source: FoldedValues.Source
    /// How many values in a row have to be computed for this one.
    let depth: Int
    var tensor: Tensor?

    init(_ node: Node, _ recipe: FoldedValues.Recipe, _ source: FoldedValues.Source, depth: Int) {
      (self.node, self.recipe, self.source, self.depth) = (node, recipe, source, depth)
    }
  }

  /// Each of those values takes room on the stack, and a file may have any number of them.
  private static let deepestFolding = 32

  /// A step before its buffers are placed.
  struct Emission {
    let label: String
    let reads: [ValueID]
    let result: ValueID
    /// Multiplications and additions, where products make up the work.
    let operations: Int
    /// Bytes that only this step uses.
    let scratch: Int
    let make: (Places) -> (Frame) -> Void
  }

  /// What an emission's `make` asks for its buffers.
  struct Places {
    let location: (ValueID) -> Location
    let scratch: Location
  }

  init(
    _ graph: Graph, symbols: [String: Int], outputs: [String: ValueID], kernels: KernelSet, pool: ThreadPool,
    weights: PackedWeights, values: FoldedValues, given: [ValueID], mode: Plan.Mode, precision: Precision, keepAll: Bool
  ) throws(RuntimeError) {
    self.graph = graph
    self.symbols = symbols
    self.kernels = kernels
    self.pool = pool
    self.weights = weights
    self.values = values
    self.mode = mode
    self.precision = precision
    self.keepAll = keepAll
    wanted = Set(outputs.values)
    self.given = given
    nodes = Planner.needed(graph, wanted, Set(given))
    readers = ValueTable(graph, repeating: (0, 0))
    shapes = ValueTable(graph, repeating: nil)
    constants = ValueTable(graph, repeating: nil)
    folded = ValueTable(graph, repeating: nil)
    derived = ValueTable(graph, repeating: nil)
    fixed = ValueTable(graph, repeating: false)
    deferred = ValueTable(graph, repeating: false)
    aliases = ValueTable(graph, repeating: nil)
    for (index, node) in nodes.enumerated() {
      for operand in node.operands { readers[operand] = (readers[operand].count + 1, index) }
      for value in node.operands + node.results { try setShape(of: value) }
    }
    for value in outputs.values { try setShape(of: value) }
    // Typing could not judge what depends on an extent that was symbolic: a map too small for a kernel, a range.
    for node in nodes {
      // Few operators make something of nothing.
      if let empty = node.operands.first(where: { shapes[$0]?.elementCount == 0 }),
        let map = shapes[node.result], map.elementCount > 0, !Planner.takesNothing(node.op)
      {
        throw .noShape(type: graph.type(of: empty), symbols: symbols)
      }
      let hasWindows = node.op is Conv2d || node.op is Convolution || node.op is Pool
      if hasWindows, let map = shapes[node.result], map.elementCount == 0,
        shapes[node.operands[0]]?.elementCount != 0
      {
        throw .noShape(type: graph.type(of: node.result), symbols: symbols)
      }
      if node.op is Resize, let from = shapes[node.operands[0]], let to = shapes[node.result],
        (from.elementCount == 0) != (to.elementCount == 0)
      {
        throw .noShape(type: graph.type(of: node.result), symbols: symbols)
      }
      if let pad = node.op as? Pad, let from = shapes[node.operands[0]], let to = shapes[node.result],
        pad.before.indices.contains(where: { pad.before[$0] > to[$0] - from[$0] })
      {
        throw .noShape(type: graph.type(of: node.result), symbols: symbols)
      }
      guard let slice = node.op as? Slice, let count = shapes[node.result]?[slice.axis] else { continue }
      let extent = shapes[node.operands[0]]?[slice.axis] ?? 0
      guard slice.start <= extent - count else {
        throw .noShape(type: graph.type(of: node.operands[0]), symbols: symbols)
      }
    }
  }

  private func setShape(of value: ValueID) throws(RuntimeError) {
    guard shapes[value] == nil else { return }
    let type = graph.type(of: value)
    guard let shape = type.shape(symbols) else { throw .noShape(type: type, symbols: symbols) }
    shapes[value] = shape
    constants[value] = graph.constant(for: value)
  }

  /// The nodes that these values need beside those that are given, in the graph's order.
  static func needed(_ graph: Graph, _ wanted: Set<ValueID>, _ given: Set<ValueID> = []) -> [Node] {
    let ordered = graph.orderedNodes().filter { given.isDisjoint(with: $0.results) }
    var needed = ValueTable(graph, repeating: false)
    for value in wanted { needed[value] = true }
    func isNeeded(_ node: Node) -> Bool { node.results.contains { needed[$0] } }
    for node in ordered.reversed() where isNeeded(node) { for operand in node.operands { needed[operand] = true } }
    return ordered.filter(isNeeded)
  }

  /// Whether an operator has results of some elements where an operand has none.
  private static func takesNothing(_ op: any Operator) -> Bool {
    op is Reduce || op is Mean || op is Concat || op is Pad || op is MatMul || op is ScatterElements || op is Count
      || op is NonMaxSuppression || op is Linear
  }

  /// Whether a node makes nothing, or something of nothing, which no fast step is made for.
  private func isEmpty(_ node: Node) -> Bool {
    (node.operands + node.results).contains { shape($0).elementCount == 0 }
  }

  /// Elements of a value that is computed while planning; larger ones are left to the run, where memory is counted.
  private static let foldingLimit = 1 << 27

  // MARK: What rules ask

  func shape(_ value: ValueID) -> Shape { shapes[value] ?? [] }

  /// The tensor of a value that no input changes.
  func constant(_ value: ValueID) -> Tensor? {
    if let made = folded[value] {
      if made.tensor == nil { made.tensor = values.tensor(made.recipe) { evaluated(made.node) } }
      return made.tensor
    }
    if let known = derived[value] { return known }
    guard let content = constants[value]?.content else { return nil }
    if content.isView { return content.tensor() }
    let recipe = FoldedValues.Recipe(
      function: "", sources: [values.source(content)], type: content.elementType, shape: content.shape)
    derived[value] = values.tensor(recipe) { content.tensor() }
    return derived[value]
  }

  /// What a step makes of a value that no input changes: made once for all plans. `function` names what is made, which
  /// must follow from the value and the shape alone.
  func derived(_ function: String, of value: ValueID, shape: Shape, _ make: (Tensor) -> Tensor) -> Tensor? {
    guard let source = source(value) else { return nil }
    let recipe = FoldedValues.Recipe(function: function, sources: [source], type: .float32, shape: shape)
    return values.tensor(recipe) {
      guard let tensor = constant(value) else { preconditionFailure("a value with a source is constant") }
      return make(tensor)
    }
  }

  private func source(_ value: ValueID) -> FoldedValues.Source? {
    folded[value]?.source ?? constants[value].map { values.source($0.content) }
  }

  func isConstant(_ value: ValueID) -> Bool { folded[value] != nil || constants[value] != nil }

  /// A value that no input changes, not yet computed where the graph keeps it as a recipe.
  func weight(_ value: ValueID) -> Weight? {
    if folded[value] != nil, let tensor = constant(value) {
      return Weight(content: .stored(tensor), origin: fixed[value] ? .folded(value) : nil)
    }
    return constants[value].map { Weight(content: $0.content, origin: .constant($0.content.identity)) }
  }

  /// The one node that reads a float32 value, where nobody else needs the value, so that the reader may do the work
  /// of its maker.
  func soleReader(of value: ValueID) -> Node? {
    let (count, last) = readers[value]
    guard mode == .fast, count == 1, graph.type(of: value).element == .float32, !wanted.contains(value) else {
      return nil
    }
    return nodes[last]
  }

  func isDeferred(_ value: ValueID) -> Bool { deferred[value] }

  func emit(
    _ label: String, reads: [ValueID], result: ValueID, scratch: Int = 0, operations: Int = 0,
    _ make: @escaping (Places) -> (Frame) -> Void
  ) {
    emitted.append(
      Emission(
        label: label, reads: reads, result: result, operations: operations, scratch: scratch, make: make))
  }

  func alias(_ value: ValueID, of source: ValueID) { aliases[value] = root(source) }

  private func root(_ value: ValueID) -> ValueID { aliases[value] ?? value }

  // MARK: Planning

  func plan(outputs: [String: ValueID]) throws(RuntimeError) -> Plan {
    for node in nodes {
      if let op = node.op as? Resize {
        let bytes = op.tableBytes(from: shape(node.operands[0]), to: shape(node.result))
        guard bytes <= Session.memoryLimit else { throw .tooLarge(bytes: bytes) }
      }
      let bytes = layoutBytes(node)
      guard bytes <= Session.memoryLimit else { throw .tooLarge(bytes: bytes) }
      visit(node)
    }
    var lastRead = ValueTable(graph, repeating: 0)
    for (index, emission) in emitted.enumerated() {
      for value in emission.reads + [emission.result] { lastRead[root(value)] = index }
    }
    for value in wanted { lastRead[root(value)] = emitted.count }
    if keepAll { for emission in emitted { lastRead[root(emission.result)] = emitted.count } }

    var arena = Arena(limit: Session.memoryLimit)
    var places = ValueTable<Location?>(graph, repeating: nil)
    for (index, value) in (graph.inputs.map(\.value) + given).enumerated() { places[value] = .input(index) }
    var steps: [Step] = []
    for (index, emission) in emitted.enumerated() {
      let type = graph.type(of: emission.result).element
      let bytes = shape(emission.result).elementCount * type.size
      let offset = try arena.place(bytes, from: index, to: lastRead[root(emission.result)])
      places[emission.result] = .arena(offset)
      let scratch = emission.scratch > 0 ? try arena.place(emission.scratch, from: index, to: index) : 0
      let settled = places
      let located: (ValueID) -> Location = { [self] value in locate(value, settled) }
      let run = emission.make(Places(location: located, scratch: .arena(scratch)))
      steps.append(
        Step(
          label: emission.label, result: emission.result, operations: emission.operations, run: run))
    }
    func described(_ value: ValueID) -> (type: ElementType, shape: Shape, location: Location) {
      (graph.type(of: value).element, shape(value), locate(value, places))
    }
    var kept: [ValueID: (type: ElementType, shape: Shape, location: Location)] = [:]
    if keepAll { for emission in emitted { kept[emission.result] = described(emission.result) } }
    return Plan(steps: steps, arenaSize: max(arena.size, 64), outputs: outputs.mapValues(described), kept: kept)
  }

  /// Bytes that the largest weight of a product takes at most when it is laid out, which pads its columns to whole
  /// panels: a file can hold one column of any depth. Winograd's taps are up to twice a convolution's.
  private func layoutBytes(_ node: Node) -> Int {
    guard node.op is Linear || node.op is Conv2d || node.op is Router else { return 0 }
    let width = kernels.panelWidth
    return node.operands.dropFirst().reduce(0) { largest, operand in
      guard let columns = shape(operand).extents.first, columns > 0 else { return largest }
      let depth = shape(operand).elementCount / columns * (node.op is Conv2d ? 2 : 1)
      let (count, overflow) = ((columns + width - 1) / width * width).multipliedReportingOverflow(by: depth)
      let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
      return max(largest, overflow || overflows ? .max : bytes)
    }
  }

  private func locate(_ value: ValueID, _ places: ValueTable<Location?>) -> Location {
    if let place = places[root(value)] { return place }
    guard let tensor = constant(root(value)) else { preconditionFailure("a step reads a value that has no place") }
    return .constant(tensor.shape == shape(value) ? tensor : tensor.reshaped(shape(value)) ?? tensor)
  }

  private func visit(_ node: Node) {
    if fold(node) { return }
    // Both share their operand's bytes, the second those of its first rows.
    if node.op is Reshape || node.op is LeadingRows {
      alias(node.result, of: node.operands[0])
      return
    }
    if emitEmpty(node) { return }
    if mode == .fast, !isEmpty(node) {
      for rule in FusionCatalog.deferring where rule(self, node) {
        deferred[node.result] = true
        return
      }
      if let maker = StepCatalog.makers[node.op.identifier], maker(self, node) { return }
    }
    emitReference(node)
  }

  /// Nothing to do for a result without elements.
  private func emitEmpty(_ node: Node) -> Bool {
    guard node.results.allSatisfy({ shape($0).elementCount == 0 }) else { return false }
    emit(node.op.identifier, reads: node.operands, result: node.result) { _ in { _ in } }
    return true
  }

  /// Notes how to compute what depends on constants alone.
  private func fold(_ node: Node) -> Bool {
    guard node.operands.allSatisfy(isConstant), node.results.count == 1,
      shape(node.result).elementCount <= Planner.foldingLimit
    else { return false }
    let recipe = FoldedValues.Recipe(
      function: node.op.identifier, attributes: node.op.attributes, sources: node.operands.compactMap(source),
      type: graph.type(of: node.result).element, shape: shape(node.result))
    let depths = node.operands.map { folded[$0].map { $0.tensor == nil ? $0.depth : 0 } ?? 0 }
    let depth = 1 + (depths.max() ?? 0)
    folded[node.result] = Folded(node, recipe, values.source(recipe), depth: depth)
    if depth == Planner.deepestFolding { _ = constant(node.result) }
    let isFixed = node.operands.allSatisfy { constants[$0] != nil || fixed[$0] }
    fixed[node.result] = isFixed && graph.type(of: node.result).shape != nil
    return true
  }

  private func evaluated(_ node: Node) -> Tensor {
    let operands = node.operands.compactMap { constant($0) }
    return Tensor(type: graph.type(of: node.result).element, shape: shape(node.result)) { bytes in
      let views = zip(operands, node.operands).map { tensor, value in
        TensorView(
          type: tensor.type, shape: shape(value),
          bytes: UnsafeRawBufferPointer(
            start: tensor.storage.bytes.baseAddress.map { $0 + tensor.offset }, count: tensor.byteCount))
      }
      let target = MutableTensorView(type: graph.type(of: node.result).element, shape: shape(node.result), bytes: bytes)
      guard target.shape.elementCount > 0 else { return }
      withExtendedLifetime(operands) { node.op.evaluate(views, into: [target]) }
    }
  }
}
