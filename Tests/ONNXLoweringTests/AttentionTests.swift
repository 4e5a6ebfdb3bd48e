import Foundation
import Graph
import ONNX
import Tensors
import Testing

/// Attention nodes against the formula, written for one query at a time.
@Suite struct AttentionTests {
  /// y for query i of head `head`: hidden keys have a bias of minus infinity.
  private func attention(
    q: Tensor, k: Tensor, v: Tensor, cap: Double = 0, bias: (_ image: Int, _ head: Int, _ i: Int, _ j: Int) -> Double
  ) -> [Double] {
    let (n, h, l, d) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3])
    let (g, m, e) = (k.shape[1], k.shape[2], v.shape[3])
    let (qs, ks, vs) = (q.values, k.values, v.values)
    var result: [Double] = []
    for image in 0..<n {
      for head in 0..<h {
        let group = image * g + head / (h / g)
        for i in 0..<l {
          let biases = (0..<m).map { bias(image, head, i, $0) }
          let weights = (0..<m).map { j -> Double in
            var score = (0..<d).reduce(0.0) { sum, c in
              sum + qs[((image * h + head) * l + i) * d + c] * ks[(group * m + j) * d + c]
            }
            score /= Double(d).squareRoot()
            if cap > 0 { score = cap * tanh(score / cap) }
            return exp(score + biases[j])
          }
          let sum = weights.reduce(0, +)
          for c in 0..<e {
            let value = (0..<m).reduce(0.0) { $0 + weights[$1] * vs[(group * m + $1) * e + c] }
            result.append(sum == 0 ? 0 : value / sum)
          }
        }
      }
    }
    return result
  }

  @Test func groupedHeadsUnderACausalMaskAndACap() throws {
    let (q, k, v) = (numbers([2, 4, 3, 5]), numbers([2, 2, 6, 5], seed: 2), numbers([2, 2, 6, 7], seed: 3))
    let attributes: [String: ONNXAttribute] = ["is_causal": .int(1), "softcap": .float(2)]
    let lowered = model(
      [onnx("Attention", ["q", "k", "v"], attributes)],
      [("q", known(2, 4, 3, 5)), ("k", known(2, 2, 6, 5)), ("v", known(2, 2, 6, 7))], opset: 23)
    expect(
      try run(lowered, ["q": q, "k": k, "v": v]), [2, 4, 3, 7],
      attention(q: q, k: k, v: v, cap: 2) { _, _, i, j in j <= i ? 0 : -.infinity })
  }

  /// A query that may see no key gives zeros; keys behind the mask's end are hidden.
  @Test func boolMasksAreShorterOrHideAll() throws {
    let (q, k, v) = (numbers([1, 1, 2, 4]), numbers([1, 1, 3, 4], seed: 2), numbers([1, 1, 3, 4], seed: 3))
    let mask = Tensor(type: .bool, shape: [2, 2]) { $0.copyBytes(from: [1, 0, 0, 0]) }
    let lowered = model(
      [onnx("Attention", ["q", "k", "v", "mask"], [:])],
      [("q", known(1, 1, 2, 4)), ("k", known(1, 1, 3, 4)), ("v", known(1, 1, 3, 4))], ["mask": mask], opset: 23)
    expect(
      try run(lowered, ["q": q, "k": k, "v": v]), [1, 1, 2, 4], Array(v.values[..<4]) + [0, 0, 0, 0])
  }

  /// A causal attention without a mask is one operator of the graph.
  @Test func causalAttentionIsFused() throws {
    let (q, k, v) = (numbers([2, 3, 8]), numbers([2, 3, 8], seed: 2), numbers([2, 3, 8], seed: 3))
    let attributes: [String: ONNXAttribute] = ["is_causal": .int(1), "q_num_heads": .int(2), "kv_num_heads": .int(2)]
    let inputs = ["q", "k", "v"].map { ($0, known(2, 3, 8)) }
    let lowered = model([onnx("Attention", ["q", "k", "v"], attributes)], inputs, opset: 23)
    #expect(try listing(lowered).contains { $0.hasPrefix("attention heads=2") })
    func apart(_ x: Tensor) -> Tensor { x.reshaped([2, 3, 2, 4])!.transposed([0, 2, 1, 3]) }
    let expected = attention(q: apart(q), k: apart(k), v: apart(v)) { _, _, i, j in j <= i ? 0 : -.infinity }
    let merged = Tensor(expected, shape: [2, 2, 3, 4]).transposed([0, 2, 1, 3])
    expect(try run(lowered, ["q": q, "k": k, "v": v]), [2, 3, 8], merged.values)
  }

  @Test func rotations() throws {
    let x = numbers([1, 1, 1, 5])
    let (cos, sin) = (floats(0.6, 0.8, shape: [1, 1, 2]), floats(0.8, -0.6, shape: [1, 1, 2]))
    let v = x.values
    for isInterleaved in [false, true] {
      let lowered = model(
        [onnx("RotaryEmbedding", ["x", "c", "s"], ["interleaved": .int(isInterleaved ? 1 : 0)])],
        [("x", known(1, 1, 1, 5))], ["c": cos, "s": sin], opset: 23)
      let pairs = isInterleaved ? [(0, 1), (2, 3)] : [(0, 2), (1, 3)]
      var expected = v
      for (pair, (c, s)) in zip(pairs, [(0.6, 0.8), (0.8, -0.6)]) {
        expected[pair.0] = c * v[pair.0] - s * v[pair.1]
        expected[pair.1] = s * v[pair.0] + c * v[pair.1]
      }
      expect(try run(lowered, ["x": x]), [1, 1, 1, 5], expected)
    }
  }

  @Test func refusals() {
    func attention(_ q: [ONNXValue.Extent], _ attributes: [String: ONNXAttribute]) -> String {
      let inputs = ["q", "k", "v"].map { ($0, q) }
      do {
        return try listing(model([onnx("Attention", ["q", "k", "v"], attributes)], inputs, opset: 23)).joined()
      } catch {
        return "\(error)"
      }
    }
    #expect(
      attention(known(1, 2, 6), ["q_num_heads": .int(4), "kv_num_heads": .int(4)]) == """
        Attention "attention" (opset 23): operand 0: [N, h, l, d], or [N, l, h·d] with a number of heads that divides \
        it expected, f32 [1, 2, 6] found
        """)
    #expect(
      attention(known(1, 2, 3, 4), ["qk_matmul_output_mode": .int(4)]) == """
        Attention "attention" (opset 23): attribute qk_matmul_output_mode: 0 to 3, and a softcap of 0 or more \
        expected, 4 and 0.0 found
        """)
  }
}
