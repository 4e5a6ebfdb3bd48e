import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Maps of images that are padded to a batch's extents: fast steps against the operators' evaluations.
@Suite struct OwnPartStepTests {
  private static let own: [Int64] = [7, 5, 4, 3, 0, 5, 9, 1, 2, -1, 6, 5]

  private func inputs(_ channels: Int) -> [String: Tensor] {
    ["x": numbers([6, 7, 5, channels], seed: 1), "own": Tensor(Self.own, shape: [6, 2])]
  }

  @Test(arguments: KernelSet.available, [1, 7, 64]) func steps(_ kernels: KernelSet, _ channels: Int) throws {
    for op in [OwnPart(), OwnMean()] as [any Operator] {
      var graph = Graph()
      let x = graph.addInput("x", float(.symbol("N"), .symbol("h"), .symbol("w"), Dimension(channels)))
      let own = graph.addInput("own", TensorType(.int64, [.symbol("N"), 2]))
      graph.addOutput("y", try graph.add(op, x, own))
      let (one, two) = (
        Session(graph, threads: 1, kernels: kernels), Session(graph, threads: 2, kernels: kernels)
      )
      let inputs = inputs(channels)
      // Numbers below 1, and sums of 35 of them.
      #expect(try two.verify(inputs, tolerance: 1e-6) == nil)
      #expect(try one.run(inputs)["y"]?.scalars(Float.self) == two.run(inputs)["y"]?.scalars())
    }
  }

  /// The mean of a part has the bits of the mean of that part as a map of its own.
  @Test(arguments: KernelSet.available) func meansOfPartsAreMeansOfMaps(_ kernels: KernelSet) throws {
    func mean(_ x: Tensor, _ own: [Int64]) throws -> [Float] {
      var graph = Graph()
      let map = graph.addInput("x", float(1, .symbol("h"), .symbol("w"), 33))
      let extents = graph.addInput("own", TensorType(.int64, [1, 2]))
      graph.addOutput("y", try graph.add(OwnMean(), map, extents))
      let inputs = ["x": x, "own": Tensor(own, shape: [1, 2])]
      return try #require(try Session(graph, kernels: kernels).run(inputs)["y"]?.scalars())
    }
    let (whole, part) = (numbers([1, 9, 11, 33], seed: 4), [6, 7])
    let values: [Float] = try #require(whole.scalars())
    let own = (0..<part[0]).flatMap { row in values[row * 11 * 33..<(row * 11 + part[1]) * 33] }
    let alone = Tensor(own, shape: [1, 6, 7, 33])
    #expect(try mean(whole, [6, 7]) == mean(alone, [6, 7]))
  }
}
