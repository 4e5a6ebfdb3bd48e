import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Convolutions of maps with channels first, and what follows them.
@Suite struct MapConvolutionTests {
  struct Case: CustomTestStringConvertible {
    var images = 2
    var channels = 16
    var outputs = 16
    var size = (h: 5, w: 7)
    var kernel = (h: 3, w: 3)
    var padding = [1, 1]
    var testDescription: String { "\(channels) to \(outputs), \(size) by \(kernel), padding \(padding)" }
  }

  static let cases = [
    Case(), Case(images: 1, channels: 17, outputs: 49, size: (9, 1)),
    Case(images: 3, channels: 33, outputs: 97, size: (1, 19), padding: [1, 1]),
    Case(channels: 20, outputs: 50, size: (6, 6), kernel: (1, 1), padding: [0, 0]),
    Case(channels: 16, outputs: 30, size: (8, 9), kernel: (5, 3), padding: [2, 0]),
    Case(channels: 18, outputs: 16, size: (4, 4), kernel: (2, 4), padding: [3, 5]),
    // Deeper than a piece of a product, and more positions than a band.
    Case(images: 1, channels: 600, outputs: 17, size: (4, 5)),
    Case(images: 1, channels: 16, outputs: 16, size: (18, 61)),
    Case(images: 1, channels: 16, outputs: 17, size: (2, 1100)),
    // In tiles, with rows and columns that do not fill the last ones.
    Case(channels: 64, outputs: 100, size: (18, 20)),
    Case(channels: 70, outputs: 64, size: (17, 19)),
    Case(images: 1, channels: 64, outputs: 65, size: (25, 130), padding: [0, 0]),
    Case(images: 3, channels: 66, outputs: 64, size: (19, 16), padding: [2, 1]),
    // Of a row; of a column; deeper than a piece of a product.
    Case(images: 1, channels: 64, outputs: 64, size: (1, 500)),
    Case(images: 1, channels: 64, outputs: 64, size: (500, 1)),
    Case(images: 1, channels: 1600, outputs: 64, size: (12, 12)),
  ]

  private func network(_ given: Case, hasBias: Bool, norm: Bool, relu: Bool, taps: Bool = false) throws -> Graph {
    var graph = Graph()
    let (c, o) = (given.channels, given.outputs)
    let x = graph.addInput("x", float(.symbol("N"), Dimension(c), Dimension(given.size.h), Dimension(given.size.w)))
    let weight = graph.addNumbers("w", [o, c, given.kernel.h, given.kernel.w], seed: 1)
    let bias = hasBias ? [graph.addNumbers("b", [o], seed: 2)] : []
    var y = try graph.append(Conv2d(strides: [1, 1], padding: given.padding), [x, weight] + bias)[0]
    if taps { graph.setTap("convolution", y) }
    if norm {
      let variance = graph.addConstant(Constant(name: "v", Tensor((0..<o).map { 0.5 + Float($0) / 7 }, shape: [o])))
      y = try graph.append(
        BatchNorm(epsilon: 1e-5),
        [
          y, graph.addNumbers("g", [o], seed: 3), graph.addNumbers("s", [o], seed: 4),
          graph.addNumbers("m", [o], seed: 5), variance,
        ])[0]
      if taps { graph.setTap("norm", y) }
    }
    if relu { y = try graph.add(Unary(.relu), y) }
    graph.addOutput("y", y)
    return graph
  }

  private func inputs(_ given: Case) -> [String: Tensor] {
    ["x": numbers([given.images, given.channels, given.size.h, given.size.w], seed: 6)]
  }

  @Test(arguments: KernelSet.available, cases)
  func agreesWithTheReference(_ kernels: KernelSet, _ given: Case) throws {
    try expectFast(network(given, hasBias: true, norm: true, relu: true), inputs(given), kernels)
    try expectFast(network(given, hasBias: false, norm: false, relu: true), inputs(given), kernels)
  }

  @Test(arguments: KernelSet.available, cases)
  func whatFollowsChangesNoBits(_ kernels: KernelSet, _ given: Case) throws {
    let session = Session(
      try network(given, hasBias: true, norm: true, relu: true, taps: true), threads: 2, kernels: kernels)
    let fused: [Float]? = try session.run(inputs(given))["y"]?.scalars()
    let single: [Float]? = try session.run(inputs(given), outputs: session.outputNames)["y"]?.scalars()
    #expect(fused != nil && fused == single)
  }

  @Test(arguments: KernelSet.available)
  func isFollowedByNormAndActivationInOneStep(_ kernels: KernelSet) throws {
    let given = Case()
    func labels(norm: Bool, relu: Bool) throws -> [String] {
      let graph = try network(given, hasBias: true, norm: norm, relu: relu)
      return try Session(graph, threads: 1, kernels: kernels).timeline(inputs(given)).map(\.name)
    }
    let isFused = kernels.name != "scalar"
    #expect(
      try labels(norm: true, relu: true) == (isFused ? ["conv2d+batchNorm+relu"] : ["conv2d", "batchNorm", "relu"]))
    #expect(try labels(norm: true, relu: false) == (isFused ? ["conv2d+batchNorm"] : ["conv2d", "batchNorm"]))
    #expect(try labels(norm: false, relu: true) == (isFused ? ["conv2d+relu"] : ["conv2d", "relu"]))
    #expect(try labels(norm: false, relu: false) == ["conv2d"])
  }

  /// The map is read twice: its norm leaves it as it is.
  @Test(arguments: KernelSet.available)
  func aMapThatOthersReadIsKept(_ kernels: KernelSet) throws {
    let given = Case()
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 16, 5, 7))
    let y = try graph.add(
      Conv2d(strides: [1, 1], padding: [1, 1]), x, graph.addNumbers("w", [16, 16, 3, 3], seed: 1))
    graph.addOutput("y", try graph.add(Binary(.add), y, graph.add(Unary(.relu), y)))
    try expectFast(graph, inputs(given), kernels)
  }
}
