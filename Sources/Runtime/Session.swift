public import Graph
public import Kernels
import Synchronization
public import Tensors

/// Runs a graph. A plan is made for each set of input shapes and outputs; the latest few are kept. Plans share
/// the packed weights and the memory that they run in; so do sessions of graphs on one backbone.
public final class Session: Sendable {
  public let graph: Graph
  public let threads: Int
  public let precision: Precision
  private let kernels: KernelSet
  private let workspace: Workspace
  /// Keeps what is shared with it.
  private let base: Session?
  package let weights: PackedWeights
  package let values: FoldedValues
  private let state = Mutex(State())
  /// Files that weights are read from while a plan is made and while it runs.
  private let sources: [Storage]
  /// Whether some extents follow from no input's shape.
  private let hasCounts: Bool

  /// Plans kept at a time: a caller with ever new shapes must not fill the memory with plans.
  package static let planLimit = 8

  private struct Key: Hashable {
    let shapes: [Shape]
    let outputs: [String]
    /// The extents that parts before this one have given.
    let counts: [String: Int]
    let part: Int
  }

  private struct State: ~Copyable {
    /// The latest used one last.
    var plans: [(key: Key, plan: Plan)] = []

    mutating func known(_ key: Key) -> Plan? {
      guard let index = plans.firstIndex(where: { $0.key == key }) else { return nil }
      plans.append(plans.remove(at: index))
      return plans[plans.count - 1].plan
    }

    mutating func keep(_ plan: Plan, for key: Key) {
      if plans.count == Session.planLimit { plans.removeFirst() }
      plans.append((key, plan))
    }
  }

  public convenience init(_ graph: Graph, settings: SessionSettings) {
    self.init(
      graph, in: Workspace(threads: settings.threads), kernels: settings.kernels, precision: settings.precision,
      base: nil)
  }

  /// `threads` defaults to the CPUs that the process may use.
  public convenience init(_ graph: Graph, threads: Int? = nil, kernels: KernelSet = .best) {
    self.init(graph, settings: SessionSettings(threads: threads, kernels: kernels))
  }

  /// A session of a graph that holds weights of the other's as well: what both read from the same bytes is packed once,
  /// both run in the same memory and by the same threads, one run at a time.
  public convenience init(_ graph: Graph, sharing base: Session) {
    self.init(graph, in: base.workspace, kernels: base.kernels, precision: base.precision, base: base)
  }

  private init(
    _ graph: Graph, in workspace: Workspace, kernels: KernelSet, precision: Precision, base: Session?
  ) {
    self.graph = graph
    self.kernels = kernels
    self.precision = precision
    self.workspace = workspace
    self.base = base
    sources = graph.mappedSources
    hasCounts = graph.applies(LeadingRows.self)
    threads = workspace.pool.count
    let storages = Set(graph.constants.values.map { ObjectIdentifier($0.content.source.storage) })
    weights = PackedWeights(of: storages, kernels: kernels, pool: workspace.pool, base: base?.weights)
    values = FoldedValues(of: storages, base: base?.values)
  }

  /// The kernel tier in use: `scalar`, `avx2` or `avx512`.
  public var tier: String { kernels.name }

  /// Names that `run` can be asked for: the outputs, then the values inside the network.
  public var outputNames: [String] { graph.outputs.map(\.name) + graph.taps.keys.sorted() }

  /// Runs the graph. `outputs` are the graph's own where it is nil. The same input gives the same bits whatever the
  /// number of threads and wherever in the batch an image stands.
  public func run(_ inputs: [String: Tensor], outputs: [String]? = nil) throws(RuntimeError) -> [String: Tensor] {
    try run(inputs, outputs: outputs) { $1() }
  }

  /// `around` is called for every step and must call what it is given once.
  func run(
    _ inputs: [String: Tensor], outputs: [String]?, around: (Step, () -> Void) -> Void
  ) throws(RuntimeError) -> [String: Tensor] {
    let (ordered, symbols) = try bind(inputs)
    let wanted = try resolve(outputs ?? graph.outputs.map(\.name))
    let shapes = ordered.map(\.shape)
    let names = wanted.keys.sorted()
    var known = Known(symbols: symbols)
    let parts = parts(before: wanted)
    for (index, part) in parts.enumerated() {
      let key = Key(shapes: shapes, outputs: names, counts: known.counts, part: index)
      let results = try run(key, numbered(part.wanted), ordered, known, around)
      try known.add(part, results, in: graph, inputs: ordered)
    }
    let key = Key(shapes: shapes, outputs: names, counts: known.counts, part: parts.count)
    return try run(key, wanted, ordered, known, around)
  }

  /// Runs the plan of a key.
  private func run(
    _ key: Key, _ wanted: [String: ValueID], _ inputs: [Tensor], _ known: Known,
    _ around: (Step, () -> Void) -> Void
  ) throws(RuntimeError) -> [String: Tensor] {
    let plan = try plan(for: key, known, wanted)
    let all = inputs + known.values.map(\.tensor)
    return try workspace.withMemory(plan.arenaSize) { (arena) throws(RuntimeError) in
      let frame = Session.frame(arena, all)
      for step in plan.steps { around(step) { step.run(frame) } }
      defer { withExtendedLifetime((all, arena)) {} }
      try validateStillWhole(inputs)
      return plan.outputs.mapValues { Session.copy($0, frame) }
    }
  }

  /// The plan that is kept for these shapes and outputs, or a new one.
  private func plan(
    for key: Key, _ known: Known, _ wanted: [String: ValueID]
  ) throws(RuntimeError) -> Plan {
    if let made = state.withLock({ $0.known(key) }) { return made }
    return try workspace.planning { () throws(RuntimeError) in
      if let made = state.withLock({ $0.known(key) }) { return made }
      let plan = try makePlan(known, wanted, .fast, keepAll: false)
      state.withLock { $0.keep(plan, for: key) }
      return plan
    }
  }

  private func parts(before wanted: [String: ValueID]) -> [Part] {
    hasCounts ? Part.all(of: graph, for: Set(wanted.values)) : []
  }

  private func numbered(_ values: [ValueID]) -> [String: ValueID] {
    Dictionary(uniqueKeysWithValues: values.enumerated().map { ("\($0)", $1) })
  }

  /// Throws where weights or inputs may have been read from a file that no longer had them.
  private func validateStillWhole(_ inputs: [Tensor]) throws(RuntimeError) {
    do throws(FileError) {
      for storage in sources + inputs.map(\.storage) { try storage.validateStillWhole() }
    } catch { throw .file(error) }
  }

  private func makePlan(
    _ known: Known, _ wanted: [String: ValueID], _ mode: Plan.Mode, keepAll: Bool
  ) throws(RuntimeError) -> Plan {
    let planner = try Planner(
      graph, symbols: known.symbols, outputs: wanted, kernels: kernels, pool: workspace.pool, weights: weights,
      values: values, given: known.values.map(\.value), mode: mode, precision: precision, keepAll: keepAll)
    return try planner.plan(outputs: wanted)
  }

  /// Calls `body` once for every index below `count`, in any order, on the session's threads.
  package func share(_ count: Int, _ body: (Int) -> Void) { workspace.pool.forEach(count, body) }

  /// Products in registers on every thread at once; the multiplications and additions that they were.
  func peakRound() -> Int {
    let pool = workspace.pool
    pool.forEach(pool.count) { (_: Int) in kernels.multiplyAddLoop(Session.peakRounds) }
    return pool.count * Session.peakRounds * kernels.multiplyAddWidth
  }

  /// About 2 ms of work.
  private static let peakRounds = 1 << 18

  /// Bytes that the session holds beside its graph's constants and what it shares: packed weights, and tensors that
  /// plans have made of constants.
  public var packedByteCount: Int { weights.byteCount + values.byteCount }

  /// Plans that are kept now.
  package var planCount: Int { state.withLock { $0.plans.count } }

  /// The first value for which a fast step and its operator's own evaluation differ by more than `tolerance`
  /// relative to the value's largest magnitude (1 at least); nil where none does. The plan is that of a run for these
  /// outputs, fused steps included. `progress` is told how many of
  /// the references, which take nearly all of the time, are evaluated, of how many.
  public func verify(
    _ inputs: [String: Tensor], outputs: [String]? = nil, tolerance: Double = 1e-4,
    progress: ((Int, Int) -> Void)? = nil
  ) throws(RuntimeError) -> Divergence? {
    let (ordered, symbols) = try bind(inputs)
    let wanted = try resolve(outputs ?? graph.outputs.map(\.name))
    var known = Known(symbols: symbols)
    var steps = 0
    for part in parts(before: wanted) {
      let values = numbered(part.wanted)
      let (plan, reference, fast) = try bothWays(ordered, known, values, progress)
      if let found = divergence(plan, reference, fast, tolerance, from: steps) { return found }
      steps += plan.steps.count
      // Both sides go on with the same values: a count that differs is found here.
      try known.add(part, values.compactMapValues { fast[$0] }, in: graph, inputs: ordered)
    }
    let (plan, reference, fast) = try bothWays(ordered, known, wanted, progress)
    return divergence(plan, reference, fast, tolerance, from: steps)
  }

  /// Every value of a part by the fast plan, and by the operators' own evaluations.
  private func bothWays(
    _ inputs: [Tensor], _ known: Known, _ wanted: [String: ValueID], _ progress: ((Int, Int) -> Void)?
  ) throws(RuntimeError) -> (Plan, reference: [ValueID: Tensor], fast: [ValueID: Tensor]) {
    let all = inputs + known.values.map(\.tensor)
    func values(_ mode: Plan.Mode) throws(RuntimeError) -> (Plan, [ValueID: Tensor]) {
      let plan = try makePlan(known, wanted, mode, keepAll: true)
      let arena = AlignedMemory(byteCount: plan.arenaSize)
      let frame = Session.frame(arena, all)
      for (index, step) in plan.steps.enumerated() {
        step.run(frame)
        if mode == .reference { progress?(index + 1, plan.steps.count) }
      }
      defer { withExtendedLifetime((all, arena)) {} }
      try validateStillWhole(inputs)
      let outputs = plan.outputs.map { (wanted[$0.key], Session.copy($0.value, frame)) }
      var kept = plan.kept.mapValues { Session.copy($0, frame) }
      for case (let value?, let tensor) in outputs { kept[value] = tensor }
      return (plan, kept)
    }
    let (_, reference) = try values(.reference)
    let (plan, fast) = try values(.fast)
    return (plan, reference, fast)
  }

  private func divergence(
    _ plan: Plan, _ reference: [ValueID: Tensor], _ fast: [ValueID: Tensor], _ tolerance: Double, from first: Int
  ) -> Divergence? {
    for (index, step) in plan.steps.enumerated() {
      guard let expected = reference[step.result], let found = fast[step.result] else { continue }
      let (difference, magnitude) = Session.distance(expected, found)
      if !(difference <= tolerance * max(1, magnitude)) {
        return Divergence(step: first + index, label: step.label, difference: difference, magnitude: magnitude)
      }
    }
    return nil
  }

  private static func distance(_ a: Tensor, _ b: Tensor) -> (difference: Double, magnitude: Double) {
    a.withView { a in
      b.withView { b in
        (0..<a.shape.elementCount).reduce((0.0, 0.0)) { worst, position in
          let (x, y) = (a.number(at: position), b.number(at: position))
          let difference = x == y ? 0 : (x - y).isNaN ? .infinity : abs(x - y)
          return (max(worst.0, difference), max(worst.1, x.isNaN ? 0 : abs(x)))
        }
      }
    }
  }

  private func bind(_ inputs: [String: Tensor]) throws(RuntimeError) -> ([Tensor], [String: Int]) {
    let names = graph.inputs.map(\.name)
    if let unknown = inputs.keys.sorted().first(where: { !names.contains($0) }) {
      throw .unknownInput(unknown, known: names)
    }
    var symbols: [String: Int] = [:]
    var ordered: [Tensor] = []
    for port in graph.inputs {
      guard let tensor = inputs[port.name] else { throw .missingInput(port.name) }
      let type = graph.type(of: port.value)
      let mismatch = RuntimeError.inputType(name: port.name, expected: type, found: tensor.type, shape: tensor.shape)
      guard tensor.type == type.element, tensor.shape.rank == type.rank else { throw mismatch }
      for (dimension, extent) in zip(type.dimensions, tensor.shape.extents) where dimension.constant == nil {
        if let symbol = dimension.symbols.first, dimension == .symbol(symbol), symbols[symbol] == nil {
          symbols[symbol] = extent
        }
      }
      // A symbol is at least 1; only a file may state an extent of 0.
      let isOpenAndEmpty = zip(type.dimensions, tensor.shape.extents).contains { $0.constant == nil && $1 == 0 }
      guard type.shape(symbols) == tensor.shape, !isOpenAndEmpty else { throw mismatch }
      ordered.append(tensor)
    }
    return (ordered, symbols)
  }

  private func resolve(_ names: [String]) throws(RuntimeError) -> [String: ValueID] {
    var wanted: [String: ValueID] = [:]
    for name in names {
      guard let value = graph.outputs.first(where: { $0.name == name })?.value ?? graph.taps[name] else {
        throw .unknownOutput(name, known: outputNames)
      }
      wanted[name] = value
    }
    return wanted
  }

  private static func frame(_ memory: AlignedMemory, _ inputs: [Tensor]) -> Frame {
    let arena = memory.pointer
    return Frame(
      arena: arena,
      inputs: inputs.map { tensor in
        tensor.storage.bytes.baseAddress.map { $0 + tensor.offset } ?? UnsafeRawPointer(arena)
      })
  }

  private static func copy(
    _ value: (type: ElementType, shape: Shape, location: Location), _ frame: Frame
  ) -> Tensor {
    Tensor(type: value.type, shape: value.shape) { bytes in
      bytes.copyMemory(from: UnsafeRawBufferPointer(start: frame.read(value.location), count: bytes.count))
    }
  }
}

/// Where a fast step and its reference part.
public struct Divergence: Hashable, Sendable {
  public let step: Int
  public let label: String
  /// Largest absolute difference.
  public let difference: Double
  /// Largest absolute value of the reference.
  public let magnitude: Double
}
