import Graph
import Kernels
import Runtime
import Tensors
import Testing

@Suite struct TransposeStepTests {
  static let cases: [(extents: [Int], permutation: [Int])] = [
    ([3, 5], [1, 0]), ([2, 3, 4, 5], [0, 2, 3, 1]), ([2, 3, 4, 5], [0, 3, 1, 2]), ([2, 20, 7, 33], [0, 1, 3, 2]),
    ([2, 3, 4, 5], [2, 3, 0, 1]), ([6, 1, 9], [2, 0, 1]), ([1, 1, 1], [2, 1, 0]), ([2, 3, 4, 5], [0, 1, 2, 3]),
    // No rotation of the axes behind the first that moves.
    ([2, 3, 4, 5], [0, 2, 1, 3]), ([2, 3, 4, 5], [3, 2, 1, 0]), ([4, 3, 5], [2, 1, 0]),
    // Several tasks a matrix, the last one narrower.
    ([2, 1500, 70], [0, 2, 1]), ([1, 5, 9001], [0, 2, 1]),
  ]

  @Test(arguments: KernelSet.available, cases.indices)
  func movesEveryElement(_ kernels: KernelSet, _ index: Int) throws {
    let (extents, permutation) = Self.cases[index]
    var graph = Graph()
    let x = graph.addInput("x", TensorType(.float32, Shape(extents)))
    graph.addOutput("y", try graph.add(Transpose(permutation), x))
    let inputs = ["x": numbers(Shape(extents), seed: 1)]
    let expected: [Float]? = inputs["x"]?.transposed(permutation).scalars()
    for threads in 1...2 {
      let y = try Session(graph, threads: threads, kernels: kernels).run(inputs)["y"]
      #expect(y?.shape == Shape(permutation.map { extents[$0] }))
      #expect(expected != nil && y?.scalars() == expected)
    }
  }

  /// A file may state any number of views before a transpose; each must not take room on the stack.
  @Test func manyReshapesBeforeATranspose() throws {
    var graph = Graph()
    var value = graph.addInput("x", TensorType(.float32, [2, 3, 4]))
    for _ in 0..<50_000 {
      value = try graph.add(Reshape([2, 12]), value)
      value = try graph.add(Reshape([2, 3, 4]), value)
    }
    graph.addOutput("y", try graph.add(Transpose([0, 2, 1]), value))
    let inputs = ["x": numbers([2, 3, 4], seed: 1)]
    let y: [Float]? = try Session(graph, threads: 1).run(inputs)["y"]?.scalars()
    #expect(y != nil && y == inputs["x"]?.transposed([0, 2, 1]).scalars())
  }
}
