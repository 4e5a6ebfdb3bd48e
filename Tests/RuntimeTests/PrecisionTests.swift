import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Networks computed from bfloat16 and from 8-bit weights.
@Suite struct PrecisionTests {
  private static let extents = (l: 11, c: 70, hidden: 150)

  /// Rows of tokens through an MLP with a residual, and a head on one row an image.
  private static func network(_ change: (Tensor) -> Tensor = { $0 }) throws -> Graph {
    let (l, c, hidden) = extents
    var graph = Graph()
    let batch = Dimension.symbol("N")
    let x = graph.addInput("x", float(batch, Dimension(l), Dimension(c)))
    let head = graph.addInput("row", float(batch, Dimension(c)))
    func weight(_ name: String, _ shape: Shape, _ seed: Int) -> ValueID {
      graph.addConstant(Constant(name: name, change(numbers(shape, seed: seed))))
    }
    let (w1, w2) = (weight("w1", [hidden, c], 1), weight("w2", [c, hidden], 2))
    let (b1, b2) = (graph.addNumbers("b1", [hidden], seed: 3), graph.addNumbers("b2", [c], seed: 4))
    let inner = try graph.append(GELU(.exact), [try graph.append(Linear(), [x, w1, b1])[0]])[0]
    let product = try graph.append(Linear(), [inner, w2, b2])[0]
    graph.addOutput("y", try graph.append(Binary(.add), [x, product])[0])
    graph.addOutput("head", try graph.append(Linear(), [head, w1, b1])[0])
    return graph
  }

  private static func inputs(_ images: Int) -> [String: Tensor] {
    ["x": numbers([images, extents.l, extents.c], seed: 8), "row": numbers([images, extents.c], seed: 9)]
  }

  private static func floats(_ tensor: Tensor?) throws -> [Float] {
    let values: [Float]? = try #require(tensor).scalars()
    return try #require(values)
  }

  private static func run(
    _ graph: Graph, _ kernels: KernelSet, _ precision: Precision, threads: Int = 2, images: Int = 3
  ) throws -> [String: Tensor] {
    let settings = SessionSettings(threads: threads, kernels: kernels, precision: precision)
    return try Session(graph, settings: settings).run(inputs(images))
  }

  /// Rounded weights in float32 give the same bits, where there are no products of bfloat16.
  @Test(arguments: KernelSet.available.filter { $0.bfloat16 == nil })
  func bfloat16IsFloat32WithRoundedWeights(_ kernels: KernelSet) throws {
    let found = try Self.run(try Self.network(), kernels, .bfloat16)
    let rounded = try Self.network { $0.converted(to: .bfloat16).converted(to: .float32) }
    let expected = try Self.run(rounded, kernels, .float32)
    for name in ["y", "head"] {
      // The scalar tier multiplies float32 with OpenBLAS, in another order.
      let tolerance: Float = kernels.name == "scalar" ? 1e-5 : 0
      let pairs = zip(try Self.floats(found[name]), try Self.floats(expected[name]))
      #expect(pairs.allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }, "\(name)")
    }
  }

  /// Two products: 255 levels of a row and of a column err by 1/3 % of their spread each at most, the 8 bits of a
  /// bfloat16 number by 1/5 % of it.
  @Test(arguments: KernelSet.available, [Precision.bfloat16, .int8])
  func resultsStayNear(_ kernels: KernelSet, _ precision: Precision) throws {
    let graph = try Self.network()
    let (found, exact) = (try Self.run(graph, kernels, precision), try Self.run(graph, kernels, .float32))
    // One row an image is not quantised.
    if precision == .int8 { #expect(try Self.floats(found["head"]) == Self.floats(exact["head"])) }
    let (a, b) = (try Self.floats(found["y"]), try Self.floats(exact["y"]))
    #expect(a != b)
    let error = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let size = b.reduce(0) { $0 + $1 * $1 }
    #expect(error <= size * 1e-4)
  }

  @Test(arguments: KernelSet.available, [Precision.bfloat16, .int8])
  func threadsAndBatchChangeNoBit(_ kernels: KernelSet, _ precision: Precision) throws {
    let graph = try Self.network()
    let whole = try Self.run(graph, kernels, precision, threads: 1)
    for threads in [2, 3] {
      let other = try Self.run(graph, kernels, precision, threads: threads)
      for name in ["y", "head"] { #expect(try Self.floats(other[name]) == Self.floats(whole[name])) }
    }
    // The first of three alone.
    let session = Session(graph, settings: SessionSettings(threads: 2, kernels: kernels, precision: precision))
    let first = try session.run([
      "x": Tensor(image(0, of: Self.inputs(3)["x"]), shape: [1, Self.extents.l, Self.extents.c]),
      "row": Tensor(image(0, of: Self.inputs(3)["row"]), shape: [1, Self.extents.c]),
    ])
    for name in ["y", "head"] { #expect(try Self.floats(first[name]) == image(0, of: whole[name])) }
  }

  /// Packed weights are all that stays: half and about a quarter of float32's.
  @Test func narrowWeightsTakeLessMemory() throws {
    let graph = try Self.network()
    func bytes(_ precision: Precision) throws -> Int {
      let session = Session(graph, settings: SessionSettings(precision: precision))
      _ = try session.run(Self.inputs(1), outputs: ["y"])
      return session.packedByteCount
    }
    let wide = try bytes(.float32)
    #expect(try 2 * bytes(.bfloat16) <= wide)
    #expect(try 3 * bytes(.int8) <= wide)
  }
}
