import Graph
import Kernels
import Runtime
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
  func stacksThatModulesShareArePackedOnce(_ kernels: KernelSet) throws {
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
    #expect(session.weights.count == (kernels.name == "scalar" ? 0 : 1))
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
}
