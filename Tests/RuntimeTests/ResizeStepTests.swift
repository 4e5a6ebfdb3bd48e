import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Resampling by its fast step against the operator's own evaluation.
@Suite struct ResizeStepTests {
  static let cases: [(from: [Int], to: [Int], sampling: Sampling)] = [
    ([2, 3, 14, 14], [2, 3, 14, 14], Sampling(.cubic)),
    ([2, 3, 14, 14], [2, 3, 32, 21], Sampling(.cubic)),
    (
      [1, 14, 14, 40], [1, 9, 37, 40],
      Sampling(.cubic, antialiases: true, cubicCoefficient: -0.5, excludesOutside: true)
    ),
    ([2, 5, 7, 9], [2, 5, 28, 36], Sampling(.linear)),
    ([2, 5, 7, 9], [2, 5, 13, 17], Sampling(.linear, .alignCorners)),
    ([1, 2, 40, 33], [1, 2, 5, 4], Sampling(.linear, antialiases: true)),
    ([2, 3, 6, 5], [2, 3, 11, 10], Sampling(.nearest, .asymmetric, rounding: .down)),
    ([2, 4, 3], [4, 9, 30], Sampling(.linear)),
    ([7, 7, 3], [11, 7, 3], Sampling(.linear, .geometric)),
    ([7, 7, 40], [7, 7, 40], Sampling(.linear, .geometric)),
  ]

  @Test(arguments: KernelSet.available, cases.indices)
  func agreesWithTheEvaluation(_ kernels: KernelSet, _ index: Int) throws {
    let (from, to, sampling) = Self.cases[index]
    var graph = Graph()
    let x = graph.addInput("x", TensorType(.float32, Shape(from)))
    graph.addOutput("y", try graph.add(Resize(sizes: to.map { Dimension($0) }, sampling: sampling), x))
    let inputs = ["x": numbers(Shape(from), seed: 1)]
    let session = Session(graph, threads: 2, kernels: kernels)
    #expect(try session.verify(inputs, tolerance: 2e-6) == nil)
    let (two, one) = (try session.run(inputs), try Session(graph, threads: 1, kernels: kernels).run(inputs))
    let (a, b): ([Float]?, [Float]?) = (two["y"]?.scalars(), one["y"]?.scalars())
    #expect(a != nil && a == b)
    if from == to { #expect(a == inputs["x"]?.scalars()) }
  }

  /// The result alone would fit into the machine's memory, the neighbours of all its elements do not.
  @Test func anAxisThatBecomesTooLongIsRefused() throws {
    let count = Session.memoryLimit / 16
    var graph = Graph()
    let x = graph.addInput("x", TensorType(.float32, [4]))
    graph.addOutput("y", try graph.add(Resize(sizes: [Dimension(count)], sampling: Sampling(.cubic)), x))
    #expect(throws: RuntimeError.tooLarge(bytes: 64 * count)) {
      try Session(graph, threads: 1).run(["x": numbers([4], seed: 1)])
    }
  }

  @Test func partsAndWhatLiesOutside() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(1, 8, 20))
    let sampling = Sampling(.linear, .cropAndResize, extrapolation: -3)
    let op = Resize(sizes: [1, 5, 7], scales: [], region: [0, 0.1, -0.5, 1, 0.6, 0.4], sampling: sampling)
    graph.addOutput("y", try graph.add(op, x))
    #expect(try Session(graph).verify(["x": numbers([1, 8, 20], seed: 1)], tolerance: 2e-6) == nil)
  }

  /// Constants are resampled when the plan is made; open sizes take the input's.
  @Test func sizesThatFollowAnInput() throws {
    var graph = Graph()
    let like = graph.addInput("like", float(.symbol("H"), .symbol("W")))
    let table = graph.addNumbers("table", [3, 4, 2], seed: 2)
    let resized = try graph.add(
      Resize(sizes: [.symbol("H"), .symbol("W"), 2], sampling: Sampling(.linear)), table)
    graph.addOutput("y", resized)
    _ = like
    let session = Session(graph)
    for (height, width) in [(3, 4), (6, 1), (2, 9)] {
      let found = try session.run(["like": numbers([height, width], seed: 1)])["y"]
      #expect(found?.shape == [height, width, 2])
    }
    let same: [Float]? = try session.run(["like": numbers([3, 4], seed: 1)])["y"]?.scalars()
    #expect(same == numbers([3, 4, 2], seed: 2).scalars())
  }

  @Test(
    arguments: [
      (Resize(sizes: [2, 2], sampling: Sampling(.nearest, antialiases: true)), "antialiases"),
      (Resize(sizes: [2], sampling: Sampling(.linear)), "sizes"),
      (Resize(sizes: [2, 0], sampling: Sampling(.linear)), "sizes"),
      (Resize(sizes: [2, 2], scales: [1, .nan], sampling: Sampling(.linear)), "scales"),
      (Resize(sizes: [2, 9], scales: [1, 1], sampling: Sampling(.linear)), "scales"),
      (Resize(sizes: [2, 2], region: [0, 0, 1, 1], sampling: Sampling(.linear)), "region"),
      (Resize(sizes: [2, 2], sampling: Sampling(.linear, .cropAndResize)), "region"),
      (Resize(sizes: [2, 2], sampling: Sampling(.linear, .geometric)), "sizes"),
      (Resize(sizes: [2, 2], sampling: Sampling(.cubic, cubicCoefficient: .infinity)), "cubicCoefficient"),
    ])
  func refused(_ op: Resize, _ name: String) {
    #expect {
      try op.resultTypes([float(2, 2)])
    } throws: { error in
      guard case .attribute("resize", name, _, _)? = error as? TypeError else { return false }
      return true
    }
  }

  @Test func attributesAreReadBack() throws {
    let op = Resize(
      sizes: [1, .symbol("H")], scales: [1, 2], sampling: Sampling(.cubic, .alignCorners, antialiases: true))
    #expect(try Resize(attributes: op.attributes).attributes == op.attributes)
  }
}
