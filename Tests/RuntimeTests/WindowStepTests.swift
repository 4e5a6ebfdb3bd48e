import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Convolutions, poolings, norms and products of run-time matrices: fast steps against the operators' evaluations.
@Suite struct WindowStepTests {
  static let convolutionCases: [(x: [Int], weight: [Int], groups: Int, windows: Windows)] = [
    ([2, 6, 11], [4, 3, 3], 2, Windows(strides: [2], dilations: [2], before: [1], after: [0])),
    (
      [2, 3, 17, 15], [70, 3, 3, 3], 1,
      Windows(strides: [2, 2], dilations: [1, 1], before: [0, 1], after: [1, 1])
    ),
    (
      [3, 8, 9, 7], [12, 2, 3, 2], 4,
      Windows(strides: [1, 1], dilations: [2, 1], before: [2, 0], after: [2, 1])
    ),
    (
      [2, 5, 14, 14], [5, 1, 5, 5], 5,
      Windows(strides: [2, 2], dilations: [1, 1], before: [2, 2], after: [2, 2])
    ),
    (
      [2, 3, 8, 40], [6, 1, 3, 3], 3,
      Windows(strides: [1, 1], dilations: [1, 1], before: [1, 1], after: [1, 1])
    ),
    (
      [1, 40, 7, 7], [150, 40, 1, 1], 1,
      Windows(strides: [1, 1], dilations: [1, 1], before: [0, 0], after: [0, 0])
    ),
    (
      [1, 2, 4, 5, 6], [3, 2, 2, 3, 2], 1,
      Windows(strides: [1, 2, 1], dilations: [1, 1, 2], before: [1, 0, 1], after: [0, 1, 1])
    ),
  ]

  @Test(arguments: KernelSet.available, convolutionCases.indices)
  func convolutions(_ kernels: KernelSet, _ index: Int) throws {
    let (x, weight, groups, windows) = Self.convolutionCases[index]
    for hasBias in [true, false] {
      var graph = Graph()
      let input = graph.addInput("x", TensorType(.float32, [.symbol("N")] + x.dropFirst().map { Dimension($0) }))
      let operands =
        [input, graph.addNumbers("w", Shape(weight), seed: 2)]
        + (hasBias ? [graph.addNumbers("b", [weight[0]], seed: 3)] : [])
      let result = try graph.append(Convolution(windows, groups: groups), operands)[0]
      graph.addOutput("y", result)
      try expectFast(graph, ["x": numbers(Shape(x), seed: 1)], kernels)
    }
  }

  static let poolCases: [Pool] = [
    Pool(
      .max, kernel: [3, 3], windows: Windows(strides: [2, 2], dilations: [1, 1], before: [1, 1], after: [1, 1])),
    Pool(
      .max, kernel: [2, 3], windows: Windows(strides: [2, 3], dilations: [2, 1], before: [0, 1], after: [1, 0]),
      roundsUp: true),
    Pool(
      .average, kernel: [3, 2], windows: Windows(strides: [1, 2], dilations: [1, 2], before: [1, 1], after: [1, 0])),
    Pool(
      .averageWithPadding, kernel: [3, 3],
      windows: Windows(strides: [2, 2], dilations: [1, 1], before: [1, 1], after: [0, 1]), roundsUp: true),
    Pool(
      .norm, kernel: [2, 2], windows: Windows(strides: [1, 1], dilations: [1, 1], before: [0, 0], after: [0, 0]),
      power: 3),
  ]

  @Test(arguments: KernelSet.available, poolCases.indices) func pools(_ kernels: KernelSet, _ index: Int) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 3, .symbol("H"), .symbol("W")))
    graph.addOutput("y", try graph.add(Self.poolCases[index], x))
    try expectFast(graph, ["x": numbers([2, 3, 9, 20], seed: 1)], kernels)
  }

  @Test(arguments: KernelSet.available, [Normalize.Function.standard, .rootMeanSquare, .l1, .l2])
  func norms(_ kernels: KernelSet, _ function: Normalize.Function) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 5, 37))
    graph.addOutput("y", try graph.add(Normalize(function, epsilon: 1e-5), x))
    try expectFast(graph, ["x": numbers([2, 5, 37], seed: 1)], kernels)
  }

  @Test func responseNorms() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 7, 3, 5))
    graph.addOutput("y", try graph.add(LocalResponseNorm(size: 4, alpha: 0.3, beta: 0.75, bias: 2), x))
    try expectFast(graph, ["x": numbers([2, 7, 3, 5], seed: 1)], .best)
  }

  @Test(
    arguments: KernelSet.available,
    [
      ([1, 5], [5, 3]), ([2, 3, 7, 15], [2, 3, 15, 40]), ([2, 1, 7, 15], [3, 15, 4]), ([2, 3, 7, 15], [1, 15, 1]),
    ])
  func products(_ kernels: KernelSet, _ shapes: ([Int], [Int])) throws {
    var graph = Graph()
    let a = graph.addInput("a", TensorType(.float32, Shape(shapes.0)))
    let b = graph.addInput("b", TensorType(.float32, Shape(shapes.1)))
    graph.addOutput("y", try graph.add(MatMul(), a, b))
    let inputs = ["a": numbers(Shape(shapes.0), seed: 1), "b": numbers(Shape(shapes.1), seed: 2)]
    #expect(try Session(graph, threads: 2, kernels: kernels).verify(inputs, tolerance: 1e-5) == nil)
  }

  @Test(
    arguments: [Binary.Function.add, .subtract, .multiply, .divide],
    [
      ([2, 3, 4, 5], [3, 1, 1]), ([3, 1, 1], [2, 3, 4, 5]), ([4, 1], [1, 5]), ([2, 1, 4, 1], [1, 3, 1, 5]), ([7], []),
    ])
  func broadcasts(_ function: Binary.Function, _ shapes: ([Int], [Int])) throws {
    var graph = Graph()
    let a = graph.addInput("a", TensorType(.float32, Shape(shapes.0)))
    let b = graph.addInput("b", TensorType(.float32, Shape(shapes.1)))
    graph.addOutput("y", try graph.add(Binary(function), a, b))
    let inputs = ["a": numbers(Shape(shapes.0), seed: 1), "b": numbers(Shape(shapes.1), seed: 2)]
    #expect(try Session(graph, threads: 2).verify(inputs, tolerance: 1e-5) == nil)
  }
}
