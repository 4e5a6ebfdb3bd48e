import Glibc
import Kernels
import Testing

@Suite struct AttentionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var lq: Int
    var lk: Int
    var d: Int
    var dv: Int
    var bias = false
    var testDescription: String { "\(lq)x\(lk) d \(d) dv \(dv) bias \(bias)" }
  }

  static let cases = [
    Case(lq: 1, lk: 1, d: 1, dv: 1), Case(lq: 197, lk: 197, d: 64, dv: 64),
    Case(lq: 15, lk: 49, d: 16, dv: 16),
    Case(lq: 49, lk: 49, d: 32, dv: 32, bias: true), Case(lq: 7, lk: 200, d: 24, dv: 80),
    Case(lq: 50, lk: 33, d: 80, dv: 24, bias: true), Case(lq: 3, lk: 5000, d: 8, dv: 5),
    Case(lq: 300, lk: 300, d: 24, dv: 24, bias: true), Case(lq: 4, lk: 0, d: 8, dv: 8), Case(lq: 0, lk: 3, d: 8, dv: 8),
  ]

  /// A kernel set's attention, or that of the bfloat16 kernels beside it.
  struct Kind: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var attention: KernelSet.Attention
    var attentionScratch: @Sendable @convention(c) (Int, Int, Int, Int) -> Int
    /// Whether products are of numbers rounded to bfloat16.
    var rounds = false
  }

  static let kinds =
    KernelSet.available.map {
      Kind(testDescription: $0.name, attention: $0.attention, attentionScratch: $0.attentionScratch)
    }
    + BFloat16Kernels.available.map {
      Kind(
        testDescription: "bfloat16 \($0.name)", attention: $0.attention, attentionScratch: $0.attentionScratch,
        rounds: true)
    }

  @Test(arguments: kinds, cases)
  func agreesWithTheFormula(_ kernels: Kind, _ test: Case) {
    let (lq, lk, d, dv) = (test.lq, test.lk, test.d, test.dv)
    let (qs, ks, vs, os, bs) = (d + 5, d + 2, dv + 1, dv + 4, lk + 3)
    let q = Floats(random: lq * qs, seed: 1, scale: 3)
    let k = Floats(random: lk * ks, seed: 2, scale: 3)
    let v = Floats(random: lk * vs, seed: 3)
    if kernels.rounds {
      // Then the products of the logits are exact, and only the weights are rounded on the way.
      for x in [q, k, v] { for i in 0..<x.count { x.pointer[i] = BFloat16Tests.rounded(x.pointer[i]) } }
    }
    let bias = Floats(random: lq * bs, seed: 4, scale: 4)
    let out = Floats(count: lq * os)
    let scratch = Floats(count: kernels.attentionScratch(lq, lk, d, dv))
    for i in 0..<out.count { out.pointer[i] = 77 }
    let scale = 1 / Float(d).squareRoot()
    kernels.attention(
      out.pointer, os, q.pointer, qs, k.pointer, ks, v.pointer, vs, lq, lk, d, dv, scale,
      test.bias ? UnsafePointer(bias.pointer) : nil, bs, scratch.pointer)
    var expected = [Double](repeating: 77, count: lq * os)
    var error = 0.0
    for r in 0..<lq {
      var logits: [Double] = []
      var size = 0.0
      for j in 0..<lk {
        var dot = 0.0
        var sum = 0.0
        for i in 0..<d {
          dot += q[r * qs + i] * k[j * ks + i]
          sum += abs(q[r * qs + i] * k[j * ks + i])
        }
        logits.append(Double(scale) * dot + (test.bias ? bias[r * bs + j] : 0))
        size = max(size, Double(scale) * sum + 4)
      }
      let top = logits.max() ?? 0
      let weights = logits.map { exp($0 - top) }
      let total = weights.reduce(0, +)
      for i in 0..<dv {
        expected[r * os + i] =
          lk == 0 ? 0 : (0..<lk).reduce(0) { $0 + weights[$1] * v[$1 * vs + i] } / total
      }
      // A logit errs by 2d + 4 roundings of its terms, which scales a weight; sums of lk weights follow.
      error = max(error, (2 * Double(2 * d + 4) * size + Double(2 * lk) + 16) * roundoff)
    }
    // The weights make up 1, and no value is greater.
    if kernels.rounds { error += 0x1p-9 }
    #expect(mismatch(out, expected) { expected[$0] == 77 ? 0 : error } == nil)
    #expect(scratch.isIntact)
  }

  /// What a mask of -100 hides adds nothing, not even numbers that are no normal ones, which slow a product down.
  @Test(arguments: kinds)
  func whatIsMaskedWeighsNothing(_ kernels: Kind) {
    let (l, d) = (3, 4)
    let q = Floats(count: l * d)
    let v = Floats((0..<l * d).map { $0 < d ? Float($0) : 3e38 })
    let bias = Floats((0..<l * l).map { $0 % l == 0 ? 0 : -100 })
    let out = Floats(count: l * d)
    let scratch = Floats(count: kernels.attentionScratch(l, l, d, d))
    kernels.attention(
      out.pointer, d, q.pointer, d, q.pointer, d, v.pointer, d, l, l, d, d, 1, bias.pointer, l, scratch.pointer)
    #expect(out.values == (0..<l * d).map { Float($0 % d) })
  }

  @Test(arguments: KernelSet.available)
  func softmaxLeavesNoTinyWeights(_ kernels: KernelSet) {
    let row = Floats([0, -100, -88, .nan])
    kernels.softmax(row.pointer, row.pointer, 1, 3)
    #expect(row.values.prefix(3) == [1, 0, 0])
  }

  /// A query's bits do not depend on the queries around it, and the result may replace the queries.
  @Test(arguments: kinds)
  func queriesAreIndependent(_ kernels: Kind) {
    let (l, d, stride) = (197, 20, 60)
    let qkv = Floats(random: l * stride, seed: 5)
    let scratch = Floats(count: kernels.attentionScratch(l, l, d, d))
    func attend(_ out: Floats, _ outStride: Int, from q: UnsafePointer<Float>, rows: Range<Int>) {
      kernels.attention(
        out.pointer, outStride, q + rows.lowerBound * stride, stride, qkv.pointer + d, stride,
        qkv.pointer + 2 * d, stride, rows.count, l, d, d, 0.25, nil, 0, scratch.pointer)
    }
    let whole = Floats(count: l * d)
    attend(whole, d, from: qkv.pointer, rows: 0..<l)
    for rows in [0..<1, 100..<105, 180..<197] {
      let part = Floats(count: rows.count * d)
      attend(part, d, from: qkv.pointer, rows: rows)
      #expect(bits(part.values) == bits(whole.values[rows.lowerBound * d..<rows.upperBound * d]))
    }
    let place = qkv.copy
    attend(place, stride, from: place.pointer, rows: 0..<l)
    let replaced = (0..<l).flatMap { r in (0..<d).map { place.pointer[r * stride + $0] } }
    #expect(bits(replaced) == bits(whole.values))
  }
}
