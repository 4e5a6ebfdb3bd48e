import Graph
import Kernels
import Runtime
import Synchronization
import Tensors
import Testing

/// What a session keeps between runs.
@Suite struct SharedMemoryTests {
  private static let batch = Dimension.symbol("N")

  /// x [N, 5, 8] through two linears.
  private func network() throws -> Graph {
    var graph = Graph()
    let x = graph.addInput("x", float(Self.batch, 5, 8))
    let bias = graph.addNumbers("b", [24], seed: 2)
    let inner = try graph.add(Linear(), x, graph.addNumbers("a", [24, 8], seed: 1), bias)
    let y = try graph.add(Linear(), graph.add(GELU(), inner), graph.addNumbers("c", [8, 24], seed: 3))
    graph.addOutput("y", y)
    return graph
  }

  @Test(arguments: KernelSet.available)
  func plansShareWeights(_ kernels: KernelSet) throws {
    let session = Session(try network(), threads: 2, kernels: kernels)
    let three = try session.run(["x": numbers([3, 5, 8], seed: 7)])["y"]
    #expect(session.weights.count == 2)
    let one = try session.run(["x": Tensor(image(1, of: numbers([3, 5, 8], seed: 7)), shape: [1, 5, 8])])["y"]
    #expect(session.weights.count == 2)
    #expect(image(0, of: one) == image(1, of: three))
  }

  @Test func fewPlansAreKept() throws {
    let session = Session(try network(), threads: 1)
    let first = try session.run(["x": numbers([1, 5, 8], seed: 7)])["y"]
    for count in 2...20 {
      let y = try session.run(["x": numbers([count, 5, 8], seed: 7)])["y"]
      #expect(image(0, of: y) == image(0, of: first))
      #expect(session.planCount == min(count, Session.planLimit))
    }
    #expect(try image(0, of: session.run(["x": numbers([1, 5, 8], seed: 7)])["y"]) == image(0, of: first))
  }

  @Test(arguments: KernelSet.available)
  func expertsAreMixedWhereTheyLie(_ kernels: KernelSet) throws {
    var graph = Graph()
    var x = graph.addInput("x", float(Self.batch, 5, 8))
    let coefficients = graph.addInput("a", float(Self.batch, 2, 3))
    let stack = graph.addNumbers("stack", [3, 8, 8], seed: 4)
    for group in 0..<2 {
      x = try graph.add(LinearPerImage(), x, graph.add(Mixture(group: group), coefficients, stack))
    }
    graph.addOutput("y", x)
    let session = Session(graph, threads: 2, kernels: kernels)
    let inputs = ["x": numbers([2, 5, 8], seed: 5), "a": numbers([2, 2, 3], seed: 6)]
    #expect(try session.verify(inputs, tolerance: 1e-5) == nil)
    _ = try session.run(inputs)
    #expect(session.weights.count == 0)
    #expect(session.packedByteCount == 0)
  }

  @Test(arguments: KernelSet.available)
  func aWeightThatDependsOnTheShapeIsNotShared(_ kernels: KernelSet) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(Self.batch, 8))
    let row = graph.addNumbers("row", [1, 8], seed: 8)
    let weight = try graph.add(Broadcast([Self.batch, 8]), row)
    graph.addOutput("y", try graph.add(Linear(), x, weight))
    let session = Session(graph, threads: 1, kernels: kernels)
    for count in [2, 3, 2] {
      let y = try session.run(["x": numbers([count, 8], seed: 9)])["y"]
      #expect(y?.shape == [count, count])
      #expect(try session.verify(["x": numbers([count, 8], seed: 9)]) == nil)
    }
    #expect(session.weights.count == 0)
  }

  @Test(arguments: KernelSet.available)
  func aTransposedWeightIsPackedFromItsSource(_ kernels: KernelSet) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(Self.batch, 7))
    let source = numbers([7, 61], seed: 10)
    let transposed = graph.addConstant(Constant(name: "t", .transposed(.stored(source), permutation: [1, 0])))
    let copied = graph.addConstant(Constant(name: "c", source.transposed([1, 0])))
    graph.addOutput("t", try graph.add(Linear(), x, transposed))
    graph.addOutput("c", try graph.add(Linear(), x, copied))
    let outputs = try Session(graph, threads: 2, kernels: kernels).run(["x": numbers([4, 7], seed: 11)])
    let (t, c): ([Float]?, [Float]?) = (outputs["t"]?.scalars(), outputs["c"]?.scalars())
    #expect(t != nil && t == c)
  }

  /// An attention of 4 positions whose bias is folded: from `table` [9, 2], and from the settings of a mask.
  private func biased(_ table: Tensor, grid: [Dimension] = [1, 1], scaledBy factor: Tensor? = nil) throws -> Graph {
    var graph = Graph()
    let windowing = Windowing(window: [2, 2], shift: [1, 1])
    let x = graph.addInput("x", TensorType(.float32, [Self.batch] + grid + [4, 8]))
    let bias = try graph.add(RelativePositions(window: [2, 2]), graph.addConstant(Constant(name: "t", table)))
    let mask = try graph.append(WindowMask(windowing, grid: grid, value: -100), [])[0]
    var y = try graph.add(Attention(heads: 2, scale: 0.5), x, x, x, bias, mask)
    if let factor {
      y = try graph.add(Binary(.multiply), y, graph.add(Unary(.exp), graph.addConstant(Constant(name: "f", factor))))
    }
    graph.addOutput("y", y)
    return graph
  }

  @Test func whatIsFoldedFromTheBaseAloneIsTheBases() throws {
    let table = numbers([9, 2], seed: 12)
    let inputs = ["x": numbers([2, 1, 1, 4, 8], seed: 13)]
    let base = Session(try biased(table), threads: 2)
    _ = try base.run(inputs)
    let folded = (2 + 1) * 4 * 4 * 4
    #expect(base.values.byteCount == folded)
    let graph = try biased(table, scaledBy: numbers([8], seed: 14))
    let shared = Session(graph, sharing: base)
    let alone = Session(graph, threads: 2)
    let y: [Float]? = try shared.run(inputs)["y"]?.scalars()
    #expect(try y != nil && y == alone.run(inputs)["y"]?.scalars())
    #expect(shared.values.byteCount == 8 * 4)
    #expect(base.values.byteCount == folded)
    #expect(alone.values.byteCount == folded + 8 * 4)
    #expect(try shared.verify(inputs, tolerance: 1e-5) == nil)
  }

  /// What only leads to a value that another plan has made is not made again.
  @Test func whatLeadsToAKnownValueIsNotEvaluated() throws {
    func graph(scaledBy factor: Tensor) throws -> Graph {
      var graph = Graph()
      let x = graph.addInput("x", float(Self.batch, 6))
      let counted = try graph.append(CountedZeros(), [])[0]
      let y = try graph.add(Binary(.add), x, graph.add(Unary(.exp), counted))
      graph.addOutput("y", try graph.add(Binary(.multiply), y, graph.addConstant(Constant(name: "f", factor))))
      return graph
    }
    let inputs = ["x": numbers([4, 6], seed: 3)]
    let base = Session(try graph(scaledBy: numbers([6], seed: 1)), threads: 1)
    _ = try base.run(inputs)
    let made = CountedZeros.count.withLock(\.self)
    _ = try base.run(["x": numbers([2, 6], seed: 3)])
    let other = try graph(scaledBy: numbers([6], seed: 2))
    let shared = Session(other, sharing: base)
    #expect(try shared.run(inputs)["y"]?.scalars(Float.self) == Session(other, threads: 1).run(inputs)["y"]?.scalars())
    // For the session that shares nothing.
    #expect(CountedZeros.count.withLock(\.self) == made + 1)
  }

  /// A file may state any number of operators on a constant; each must not take room on the stack.
  @Test func longChainsOfConstantsAreFolded() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(Self.batch, 6))
    let one = graph.addConstant(Constant(name: "c", Tensor([1] as [Float], shape: [1])))
    var value = one
    for _ in 0..<20_000 { value = try graph.add(Binary(.add), value, one) }
    graph.addOutput("y", try graph.add(Binary(.multiply), x, value))
    let outputs = try Session(graph, threads: 1).run(["x": Tensor([Float](repeating: 2, count: 6), shape: [1, 6])])
    #expect(outputs["y"]?.scalars() == [Float](repeating: 40_002, count: 6))
  }

  /// However many values a plan folds, another plan finds them.
  @Test func manyFoldedValuesAreInMemoryOnce() throws {
    var graph = Graph()
    var y = graph.addInput("x", float(Self.batch, 6))
    for index in 0..<300 {
      let constant = graph.addConstant(Constant(name: "c\(index)", numbers([6], seed: index)))
      y = try graph.add(Binary(.add), y, graph.add(Unary(.exp), graph.add(Unary(.abs), constant)))
    }
    graph.addOutput("y", y)
    let session = Session(graph, threads: 1)
    _ = try session.run(["x": numbers([1, 6], seed: 1)])
    let byteCount = session.values.byteCount
    #expect(byteCount == 300 * 6 * 4)
    for batch in 2...5 { _ = try session.run(["x": numbers([batch, 6], seed: 1)]) }
    #expect(session.values.byteCount == byteCount)
  }

  /// What an operator without operands makes is the lowest session's, also for one that shares with a sharing one.
  @Test func sessionsThatShareInARowKeepTheirOwnValues() throws {
    func graph(_ constant: Tensor?) throws -> Graph {
      var graph = Graph()
      let x = graph.addInput("x", float(Self.batch, 6))
      let value =
        try constant.map { try graph.add(Unary(.abs), graph.addConstant(Constant(name: "c", $0))) }
        ?? graph.append(CountedZeros(), [])[0]
      graph.addOutput("y", try graph.add(Binary(.add), x, graph.add(Unary(.exp), value)))
      return graph
    }
    let inputs = ["x": numbers([4, 6], seed: 3)]
    let base = Session(try graph(nil), threads: 1)
    _ = try base.run(inputs)
    let middle = Session(try graph(numbers([6], seed: 1)), sharing: base)
    _ = try middle.run(inputs)
    let top = Session(try graph(nil), sharing: middle)
    #expect(try top.run(inputs)["y"]?.scalars(Float.self) == base.run(inputs)["y"]?.scalars())
  }

  @Test func aReplacedTableIsFoldedAnew() throws {
    let inputs = ["x": numbers([2, 1, 1, 4, 8], seed: 13)]
    let base = Session(try biased(numbers([9, 2], seed: 12)), threads: 2)
    _ = try base.run(inputs)
    let graph = try biased(numbers([9, 2], seed: 15))
    let shared = Session(graph, sharing: base)
    #expect(
      try shared.run(inputs)["y"]?.scalars(Float.self) == Session(graph, threads: 2).run(inputs)["y"]?.scalars())
    #expect(shared.values.byteCount == 2 * 4 * 4 * 4)
  }

  @Test func whatNoPlanReadsAnyLongerIsNotKept() throws {
    let grid: [Dimension] = [.symbol("H"), 1]
    let session = Session(try biased(numbers([9, 2], seed: 12), grid: grid), threads: 1)
    for height in 1...300 {
      _ = try session.run(["x": Tensor([Float](repeating: 1, count: height * 32), shape: [1, height, 1, 4, 8])])
    }
    let masks = (293...300).reduce(0, +) * 4 * 4 * 4
    #expect(session.planCount == Session.planLimit)
    #expect(session.values.byteCount == masks + 2 * 4 * 4 * 4)
  }

  @Test func aConvertedConstantIsWidenedOnce() throws {
    func graph(_ stored: Tensor) throws -> Graph {
      var graph = Graph()
      let x = graph.addInput("x", float(Self.batch, 6))
      let wide = graph.addConstant(Constant(name: "w", .converted(.stored(stored), .float32)))
      graph.addOutput("y", try graph.add(Binary(.multiply), x, wide))
      return graph
    }
    let stored = numbers([6], seed: 16).converted(to: .float16)
    let base = Session(try graph(stored), threads: 1)
    let shared = Session(try graph(stored), sharing: base)
    let inputs = ["x": numbers([3, 6], seed: 17)]
    let y: [Float]? = try base.run(inputs)["y"]?.scalars()
    #expect(try y != nil && y == shared.run(inputs)["y"]?.scalars())
    #expect(base.values.byteCount == 6 * 4)
    #expect(shared.values.byteCount == 0)
  }
}

/// Six zeros, and how often they were made.
private struct CountedZeros: Operator {
  static let identifier = "countedZeros"
  static let count = Mutex(0)

  init() {}
  init(attributes: Attributes) throws(TypeError) {}
  var attributes: Attributes { Attributes() }

  func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] { [TensorType(.float32, [6])] }
  func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    CountedZeros.count.withLock { $0 += 1 }
    for position in 0..<6 { results[0].store(0, at: position) }
  }
}
