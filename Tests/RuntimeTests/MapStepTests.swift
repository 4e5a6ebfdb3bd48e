import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Fast steps of pooling and norms against the operators' evaluations.
@Suite struct MapStepTests {
  @Test(arguments: [[1, 1], [2, 3], [6, 6], [30, 1]]) func adaptivePools(_ sizes: [Int]) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 3, .symbol("H"), .symbol("W")))
    graph.addOutput("y", try graph.add(AdaptivePool(sizes: sizes), x))
    try expectFast(graph, ["x": numbers([2, 3, 7, 20], seed: 1)], .best)
  }

  @Test func batchNorms() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 5, .symbol("H"), 7))
    let variance = graph.addNumbers("v", [5], seed: 5)
    let parts = ["gamma", "beta", "mean"].enumerated().map { graph.addNumbers($1, [5], seed: $0 + 2) }
    let squares = try graph.add(Binary(.multiply), variance, variance)
    graph.addOutput("y", try graph.append(BatchNorm(epsilon: 0.1), [x] + parts + [squares])[0])
    try expectFast(graph, ["x": numbers([2, 5, 3, 7], seed: 1)], .best)
  }
}
