import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// What is fused depends on what is asked for, and only float32 is.
@Suite struct SubsetTests {
  private static let batch = Dimension.symbol("N")

  /// `logits` reads a value that `features` reads as well; asked for alone it must be the same.
  @Test(arguments: KernelSet.available, [0, 1]) func oneOutputAloneIsTheSame(_ kernels: KernelSet, _ kind: Int) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(Self.batch, 8))
    let linear = try graph.add(
      Linear(), x, graph.addNumbers("w", [8, 8], seed: 1), graph.addNumbers("b", [8], seed: 2))
    graph.addOutput("features", try graph.add(GELU(), linear))
    let logits =
      kind == 0
      ? try graph.add(Binary(.add), linear, graph.addNumbers("c", [1, 8], seed: 3))
      : try graph.add(Softmax(), linear)
    graph.addOutput("logits", logits)
    let session = Session(graph, threads: 2, kernels: kernels)
    let inputs = ["x": numbers([4, 8], seed: 4)]
    let both: [Float]? = try session.run(inputs)["logits"]?.scalars()
    let alone: [Float]? = try session.run(inputs, outputs: ["logits"])["logits"]?.scalars()
    #expect(both != nil && both == alone)
    #expect(try session.verify(inputs, outputs: ["logits"], tolerance: 1e-5) == nil)
  }

  /// Patterns that are fused in float32 run in every floating-point type.
  @Test(arguments: [ElementType.float16, .bfloat16, .float64]) func otherTypesRun(_ type: ElementType) throws {
    var graph = Graph()
    func constant(_ name: String, _ shape: Shape, _ seed: Int) -> ValueID {
      graph.addConstant(Constant(name: name, numbers(shape, seed: seed).converted(to: type)))
    }
    let x = graph.addInput("x", TensorType(type, [Self.batch, 4, 8]))
    let hidden = try graph.add(GELU(), graph.add(Linear(), x, constant("a", [8, 8], 1)))
    let sum = try graph.add(Binary(.add), x, graph.add(Linear(), hidden, constant("b", [8, 8], 2)))
    let coefficients = graph.addInput("a", TensorType(type, [Self.batch, 2, 3]))
    let mixed = try graph.add(Mixture(group: 0), coefficients, constant("stack", [3, 8, 8], 3))
    let scaled = try graph.add(Binary(.multiply), sum, constant("s", [8], 5))
    graph.addOutput("y", try graph.add(LinearPerImage(), graph.add(Binary(.add), scaled, x), mixed))
    let session = Session(graph, threads: 2)
    let inputs = [
      "x": numbers([2, 4, 8], seed: 6).converted(to: type), "a": numbers([2, 2, 3], seed: 7).converted(to: type),
    ]
    #expect(try session.run(inputs)["y"]?.shape == [2, 4, 8])
    #expect(try session.verify(inputs) == nil)
  }

  /// A sum of nothing is the bias; an empty batch is no trap.
  @Test(arguments: KernelSet.available) func emptySumsAreTheBias(_ kernels: KernelSet) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(Self.batch, 3))
    let nothing = try graph.add(Slice(axis: 1, start: 0, count: 0), x)
    let weight = graph.addConstant(Constant(name: "w", Tensor([] as [Float], shape: [5, 0])))
    let bias = graph.addConstant(Constant(name: "b", Tensor([0, 1, 2, 3, 4] as [Float], shape: [5])))
    graph.addOutput("y", try graph.add(GELU(.quick), graph.add(Linear(), nothing, weight, bias)))
    graph.addOutput("z", try graph.add(Linear(), nothing, weight, bias))
    let outputs = try Session(graph, threads: 1, kernels: kernels).run(["x": numbers([2, 3], seed: 1)])
    #expect(outputs["z"]?.scalars(Float.self) == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
  }

  /// More memory than the machine has is refused before any of it is asked for.
  @Test(arguments: [1 << 40, 1 << 55]) func impossibleSizesAreRefused(_ extent: Int) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(Self.batch, 1))
    for index in 0..<9 {
      graph.addOutput("y\(index)", try graph.add(Broadcast([Self.batch, Dimension(extent)]), x))
    }
    let session = Session(graph, threads: 1)
    #expect(throws: RuntimeError.self) { try session.run(["x": numbers([1, 1], seed: 1)]) }
  }

  /// Planning a chain of sums takes time in proportion to its length.
  @Test(.timeLimit(.minutes(1))) func longChainsArePlanned() throws {
    var graph = Graph()
    var x = graph.addInput("x", float(Self.batch, 4))
    let one = graph.addConstant(Constant(name: "c", Tensor([1, 1, 1, 1] as [Float], shape: [4])))
    for _ in 0..<5000 { x = try graph.add(Binary(.add), x, one) }
    graph.addOutput("y", x)
    let outputs = try Session(graph, threads: 1).run(["x": Tensor([0, 0, 0, 0] as [Float], shape: [1, 4])])
    #expect(outputs["y"]?.scalars(Float.self) == [5000, 5000, 5000, 5000])
  }
}
