import Kernels
import Testing

@Suite struct DepthwiseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var h: Int
    var w: Int
    var c: Int
    var k: Int
    var testDescription: String { "\(h)x\(w)x\(c) k \(k)" }
  }

  static let cases = [
    Case(h: 1, w: 1, c: 1, k: 3), Case(h: 14, w: 14, c: 16, k: 3), Case(h: 5, w: 23, c: 49, k: 5),
    Case(h: 14, w: 14, c: 33, k: 7), Case(h: 3, w: 2, c: 15, k: 7), Case(h: 9, w: 30, c: 8, k: 9),
    Case(h: 4, w: 9, c: 3, k: 1), Case(h: 7, w: 16, c: 17, k: 3), Case(h: 2, w: 3, c: 5, k: 11),
    // More rows and columns than a tile has.
    Case(h: 31, w: 61, c: 17, k: 7), Case(h: 40, w: 113, c: 8, k: 3),
  ]

  @Test(arguments: KernelSet.available, cases)
  func agreesWithTheFormula(_ kernels: KernelSet, _ test: Case) {
    let (h, w, c, k) = (test.h, test.w, test.c, test.k)
    let n = h * w * c
    let x = Floats(random: n, seed: 1)
    let source = Floats(random: c * k * k, seed: 2)
    let bias = Floats(random: c, seed: 3)
    let weights = Floats(count: c * k * k)
    let y = Floats(count: n)
    let plain = Floats(count: n)
    let rows = Floats(count: n)
    Movement.repackDepthwise(weights.pointer, source.pointer, channels: c, taps: k * k)
    kernels.depthwise(y.pointer, x.pointer, weights.pointer, bias.pointer, h, w, c, k, 0, h, 1)
    kernels.depthwise(plain.pointer, x.pointer, weights.pointer, nil, h, w, c, k, 0, h, 0)
    for i in 0..<h {
      kernels.depthwise(
        rows.pointer, x.pointer, weights.pointer, bias.pointer, h, w, c, k, i, i + 1, 1)
    }
    var conv = [Double](repeating: 0, count: n)
    for i in 0..<h {
      for j in 0..<w {
        for u in 0..<k {
          for v in 0..<k where (0..<h).contains(i + u - k / 2) && (0..<w).contains(j + v - k / 2) {
            for ch in 0..<c {
              conv[(i * w + j) * c + ch] +=
                x[((i + u - k / 2) * w + j + v - k / 2) * c + ch] * source[ch * k * k + u * k + v]
            }
          }
        }
      }
    }
    let tolerance = Double(2 * k * k * (k * k + 2)) * roundoff
    #expect(mismatch(y, (0..<n).map { conv[$0] + bias[$0 % c] + x[$0] }) { _ in tolerance } == nil)
    #expect(mismatch(plain, conv) { _ in tolerance } == nil)
    #expect(bits(rows.values) == bits(y.values))
  }
}
