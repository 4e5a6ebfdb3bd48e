import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Attention with biases equals the same written out in products, sums and a softmax.
@Suite struct AttentionBiasTests {
  static let (heads, d, l, m) = (3, 5, 6, 7)

  /// Extents of the biases beside q `[N, 4, l, h·d]`.
  static let biases: [[Shape]] = [
    [[3, 6, 7]], [[7]], [[6, 7]], [[1, 7]], [[3, 1, 7]], [[4, 1, 6, 7]], [[4, 3, 6, 7]], [[2, 4, 3, 6, 7]],
    [[2, 1, 1, 6, 7]], [[3, 6, 7], [4, 1, 6, 7]], [[1, 1, 7], [2, 4, 1, 1, 7]],
  ]

  private func inputs(_ graph: inout Graph) -> [ValueID] {
    let width = Dimension(Self.heads * Self.d)
    return [("q", Self.l), ("k", Self.m), ("v", Self.m)].map { name, rows in
      graph.addInput(name, float(2, 4, Dimension(rows), width))
    }
  }

  private func values() -> [String: Tensor] {
    let width = Self.heads * Self.d
    return [
      "q": numbers([2, 4, Self.l, width], seed: 1), "k": numbers([2, 4, Self.m, width], seed: 2),
      "v": numbers([2, 4, Self.m, width], seed: 3),
    ]
  }

  @Test(arguments: KernelSet.available, biases)
  func equalsItsDefinition(_ kernels: KernelSet, _ biases: [Shape]) throws {
    var graph = Graph()
    let parts = inputs(&graph)
    let constants = biases.enumerated().map { graph.addNumbers("bias\($0)", $1, seed: 4 + $0) }
    graph.addOutput("fused", try graph.append(Attention(heads: Self.heads, scale: 0.7), parts + constants)[0])
    func split(_ value: ValueID, _ rows: Int) throws -> ValueID {
      let apart = [2, 4, Dimension(rows), Dimension(Self.heads), Dimension(Self.d)]
      return try graph.add(Transpose([0, 1, 3, 2, 4]), graph.add(Reshape(apart), value))
    }
    let (q, k, v) = (try split(parts[0], Self.l), try split(parts[1], Self.m), try split(parts[2], Self.m))
    let scale = graph.addConstant(Constant(name: "scale", Tensor([Float(0.7)], shape: [])))
    var scores = try graph.add(MatMul(), q, graph.add(Transpose([0, 1, 2, 4, 3]), k))
    scores = try graph.add(Binary(.multiply), scores, scale)
    for constant in constants { scores = try graph.add(Binary(.add), scores, constant) }
    let mixed = try graph.add(MatMul(), graph.add(Softmax(), scores), v)
    let joined = Reshape([2, 4, Dimension(Self.l), Dimension(Self.heads * Self.d)])
    graph.addOutput("apart", try graph.add(joined, graph.add(Transpose([0, 1, 3, 2, 4]), mixed)))
    let session = Session(graph, threads: 2, kernels: kernels)
    #expect(try session.verify(values(), tolerance: 1e-5) == nil)
    let results = try session.run(values())
    let fused: [Float] = results["fused"]?.scalars() ?? []
    let apart: [Float] = results["apart"]?.scalars() ?? []
    #expect(fused.count == 2 * 4 * Self.l * Self.heads * Self.d && fused.count == apart.count)
    #expect(zip(fused, apart).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// A slice of columns is read in place as q, k or v; as a bias it is not.
  @Test func slicedBiases() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 7, 45))
    let parts = try [0, 15, 30].map { try graph.add(Slice(axis: 2, start: $0, count: 15), x) }
    let wide = graph.addInput("wide", float(3, 7, 9))
    let bias = try graph.add(Slice(axis: 2, start: 2, count: 7), wide)
    graph.addOutput("y", try graph.append(Attention(heads: 3, scale: 1), parts + [bias])[0])
    let input = ["x": numbers([2, 7, 45], seed: 1), "wide": numbers([3, 7, 9], seed: 2)]
    #expect(try Session(graph, threads: 2).verify(input, tolerance: 1e-5) == nil)
  }

  @Test func refusals() {
    func refusal(_ bias: TensorType) -> String {
      let (q, k) = (float(.symbol("N"), 4, 6, 15), float(.symbol("N"), 4, 7, 15))
      do {
        return "\(try Attention(heads: 3, scale: 1).resultTypes([q, k, k, bias]))"
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal(float(3, 6, 6)) == "attention: axis 2 of bias must be 7, but bias is f32 [3, 6, 6]")
    #expect(refusal(float(3, 6, 1)) == "attention: axis 2 of bias must be 7, but bias is f32 [3, 6, 1]")
    #expect(refusal(float(2, 6, 7)) == "attention: axis 0 of bias must be 3 or 1, but bias is f32 [2, 6, 7]")
    #expect(
      refusal(float(2, 4, 1, 1, 7)) == "attention: axis 0 of bias must be N or 1, but bias is f32 [2, 4, 1, 1, 7]")
    #expect(
      refusal(float(1, 1, 1, 1, 1, 7))
        == "attention: bias must have rank 1 to 5, but is f32 [1, 1, 1, 1, 1, 7]")
    #expect(refusal(TensorType(.float16, [7])) == "attention: bias must hold f32, but is f16 [7]")
  }
}
