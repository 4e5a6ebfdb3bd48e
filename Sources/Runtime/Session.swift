public import Graph
public import Kernels
import Synchronization
public import Tensors

/// Runs a graph. Plans are made once for each input shape and set of outputs, and kept.
public final class Session: Sendable {
  public let graph: Graph
  public let threads: Int
  private let kernels: KernelSet
  private let pool: ThreadPool
  private let plans = Mutex<[Key: Prepared]>([:])

  private struct Key: Hashable {
    let shapes: [Shape]
    let outputs: [String]
  }

  /// A plan with the memory it runs in; guarded by the mutex.
  private final class Prepared: @unchecked Sendable {
    let plan: Plan
    let arena: UnsafeMutableRawPointer
    init(_ plan: Plan) {
      self.plan = plan
      arena = .allocate(byteCount: plan.arenaSize, alignment: Storage.alignment)
    }
    deinit { arena.deallocate() }
  }

  /// `threads` defaults to the CPUs that the process may use.
  public init(_ graph: Graph, threads: Int? = nil, kernels: KernelSet = .best) {
    self.graph = graph
    self.kernels = kernels
    pool = ThreadPool(threads: threads)
    self.threads = pool.count
  }

  /// The kernel tier in use: `scalar`, `avx2` or `avx512`.
  public var tier: String { kernels.name }

  /// Names that `run` can be asked for: the outputs, then the values inside the network.
  public var outputNames: [String] { graph.outputs.map(\.name) + graph.taps.keys.sorted() }

  /// Runs the graph. `outputs` are the graph's own where it is nil. The same input gives the same bits whatever the
  /// number of threads and wherever in the batch an image stands.
  public func run(_ inputs: [String: Tensor], outputs: [String]? = nil) throws(RuntimeError) -> [String: Tensor] {
    try run(inputs, outputs: outputs) { _, step in step() }
  }

  /// `around` is called for every step with its label and must call the step once.
  func run(
    _ inputs: [String: Tensor], outputs: [String]?, around: (String, () -> Void) -> Void
  ) throws(RuntimeError) -> [String: Tensor] {
    let (ordered, symbols) = try bind(inputs)
    let wanted = try resolve(outputs ?? graph.outputs.map(\.name))
    let key = Key(shapes: ordered.map(\.shape), outputs: wanted.keys.sorted())
    return try plans.withLock { (plans) throws(RuntimeError) in
      let prepared: Prepared
      if let known = plans[key] {
        prepared = known
      } else {
        let planner = try Planner(
          graph, symbols: symbols, outputs: wanted, kernels: kernels, pool: pool, mode: .fast, keepAll: false)
        prepared = Prepared(try planner.plan(outputs: wanted))
        plans[key] = prepared
      }
      let frame = Session.frame(prepared.arena, ordered)
      for step in prepared.plan.steps { around(step.label) { step.run(frame) } }
      defer { withExtendedLifetime(ordered) {} }
      return prepared.plan.outputs.mapValues { Session.copy($0, frame) }
    }
  }

  /// The first value for which a fast step and its operator's own evaluation differ by more than `tolerance`
  /// relative to the value's largest magnitude (1 at least); nil where none does.
  public func verify(_ inputs: [String: Tensor], tolerance: Double = 1e-4) throws(RuntimeError) -> Divergence? {
    let (ordered, symbols) = try bind(inputs)
    let wanted = try resolve(graph.outputs.map(\.name))
    func values(_ mode: Plan.Mode) throws(RuntimeError) -> (Plan, [ValueID: Tensor]) {
      let planner = try Planner(
        graph, symbols: symbols, outputs: wanted, kernels: kernels, pool: pool, mode: mode, keepAll: true)
      let prepared = Prepared(try planner.plan(outputs: wanted))
      let frame = Session.frame(prepared.arena, ordered)
      for step in prepared.plan.steps { step.run(frame) }
      defer { withExtendedLifetime(ordered) {} }
      return (prepared.plan, prepared.plan.kept.mapValues { Session.copy($0, frame) })
    }
    let (_, reference) = try values(.reference)
    let (plan, fast) = try values(.fast)
    for (index, step) in plan.steps.enumerated() {
      guard let expected = reference[step.result], let found = fast[step.result] else { continue }
      let (difference, magnitude) = Session.distance(expected, found)
      if !(difference <= tolerance * max(1, magnitude)) {
        return Divergence(step: index, label: step.label, difference: difference, magnitude: magnitude)
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
      guard type.shape(symbols) == tensor.shape, tensor.shape.elementCount > 0 else { throw mismatch }
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

  private static func frame(_ arena: UnsafeMutableRawPointer, _ inputs: [Tensor]) -> Frame {
    Frame(
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
