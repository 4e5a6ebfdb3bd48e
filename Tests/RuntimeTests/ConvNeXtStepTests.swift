import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// The steps that ConvNeXt brings, beyond what its fixtures reach.
@Suite struct ConvNeXtStepTests {
  @Test(arguments: KernelSet.available, [(1, 1, 1), (3, 5, 15), (14, 14, 197)])
  func responseNorms(_ kernels: KernelSet, _ size: (h: Int, w: Int, c: Int)) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), Dimension(size.h), Dimension(size.w), Dimension(size.c)))
    let gamma = graph.addNumbers("gamma", [size.c], seed: 2)
    let beta = graph.addNumbers("beta", [size.c], seed: 3)
    graph.addOutput("y", try graph.add(GlobalResponseNorm(epsilon: 1e-6), x, gamma, beta))
    let session = Session(graph, threads: 2, kernels: kernels)
    #expect(try session.verify(["x": numbers([2, size.h, size.w, size.c], seed: 1)], tolerance: 1e-5) == nil)
  }

  /// An image without any response divides by epsilon alone.
  @Test(arguments: KernelSet.available) func silentImages(_ kernels: KernelSet) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(1, 4, 3))
    let beta = graph.addNumbers("beta", [3], seed: 3)
    graph.addOutput("y", try graph.add(GlobalResponseNorm(epsilon: 1e-6), x, beta, beta))
    let black = Tensor([Float](repeating: 0, count: 12), shape: [1, 4, 3])
    let result = try Session(graph, kernels: kernels).run(["x": black])
    let row: [Float] = numbers([3], seed: 3).scalars() ?? []
    #expect(result["y"]?.scalars() == [row, row, row, row].flatMap { $0 })
  }

  /// A convolution that a transpose follows gives the transpose's numbers at once.
  @Test(arguments: KernelSet.available) func convolutionsToChannelsLast(_ kernels: KernelSet) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 5, .symbol("H"), .symbol("W")))
    let weight = graph.addNumbers("weight", [19, 5, 2, 2], seed: 2)
    let map = try graph.add(Conv2d(strides: [2, 2]), x, weight, graph.addNumbers("bias", [19], seed: 3))
    graph.addOutput("y", try graph.add(Transpose([0, 2, 3, 1]), map))
    graph.setTap("map", map)
    let input = ["x": numbers([3, 5, 7, 10], seed: 1)]
    let session = Session(graph, threads: 2, kernels: kernels)
    let fused: [Float] = try #require(try session.run(input, outputs: ["y"])["y"]?.scalars())
    let single: [Float] = try #require(try session.run(input, outputs: ["y", "map"])["y"]?.scalars())
    #expect(fused.count == single.count && zip(fused, single).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// So does one whose map becomes tokens, unless somebody else needs the map or its rows.
  @Test(arguments: KernelSet.available) func convolutionsToTokens(_ kernels: KernelSet) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 5, 8, 10))
    let weight = graph.addNumbers("weight", [19, 5, 2, 2], seed: 2)
    let map = try graph.add(Conv2d(strides: [2, 2]), x, weight, graph.addNumbers("bias", [19], seed: 3))
    let flat = try graph.add(Reshape([.symbol("N"), 19, 20]), map)
    graph.addOutput("y", try graph.add(Transpose([0, 2, 1]), flat))
    graph.setTap("map", map)
    graph.setTap("flat", flat)
    let input = ["x": numbers([3, 5, 8, 10], seed: 1)]
    let session = Session(graph, threads: 2, kernels: kernels)
    #expect(try session.timeline(input).map(\.name) == ["conv2d+transpose"])
    let fused: [Float] = try #require(try session.run(input, outputs: ["y"])["y"]?.scalars())
    for other in ["map", "flat"] {
      let single: [Float] = try #require(try session.run(input, outputs: ["y", other])["y"]?.scalars())
      #expect(fused.count == 3 * 20 * 19 && zip(fused, single).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test func mapsTooSmallForAKernelAreRefused() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 3, .symbol("H"), .symbol("W")))
    graph.addOutput("y", try graph.add(Conv2d(strides: [4, 4]), x, graph.addNumbers("weight", [2, 3, 4, 4], seed: 2)))
    let session = Session(graph)
    #expect(throws: Never.self) { try session.run(["x": numbers([1, 3, 4, 4], seed: 1)]) }
    #expect(throws: RuntimeError.self) { try session.run(["x": numbers([1, 3, 3, 8], seed: 1)]) }
  }
}
