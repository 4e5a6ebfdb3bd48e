import Kernels
import Testing

/// Products of rows and columns rounded to bfloat16, against their formula.
@Suite struct BFloat16Tests {
  static let sizes: [(m: Int, n: Int, k: Int)] =
    [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 197].flatMap { m in
      [(1, 1), (15, 63), (16, 16), (48, 5), (49, 64), (130, 33), (97, 31)].map { (m, $0.0, $0.1) }
    } + [(0, 20, 3), (3, 33, 2), (2, 97, 1030), (273, 49, 601)]

  /// The nearest bfloat16, ties to even.
  static func rounded(_ x: Float) -> Float {
    let bits = x.bitPattern
    return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
  }

  /// The product by the kernels: c with rows `n + 2` apart, of a with rows `k + 3` apart.
  private func product(
    _ kernels: BFloat16Kernels, _ a: Floats, _ b: Floats, m: Int, n: Int, k: Int, columnStride: Int? = nil,
    depthStride: Int = 1, epilogue: Epilogue = Epilogue(), pool: ThreadPool? = nil
  ) -> Floats {
    let panels = AlignedMemory(byteCount: kernels.packedByteCount(n: n, k: k))
    kernels.pack(
      panels.pointer, b.pointer, n: n, k: k, columnStride: columnStride ?? k, depthStride: depthStride,
      kernels: .best, pool: pool)
    let scratch = AlignedMemory(byteCount: kernels.scratchByteCount(rows: m, k: k))
    let c = Floats(count: m * (n + 2))
    for i in 0..<c.count { c.pointer[i] = 77 }
    kernels.matmul(
      OutputRows(c.pointer, stride: n + 2), InputRows(a.pointer, stride: k + 3), rows: m, panels.pointer, n: n, k: k,
      epilogue: epilogue, scratch: scratch.pointer, pool: pool)
    withExtendedLifetime((panels, scratch)) {}
    return c
  }

  /// Of rounded numbers, and what k sums in any order may be off by.
  private func expected(_ a: Floats, _ b: Floats, m: Int, n: Int, k: Int) -> (values: [Double], errors: [Double]) {
    var (values, errors) = ([Double](repeating: 77, count: m * (n + 2)), [Double](repeating: 0, count: m * (n + 2)))
    for r in 0..<m {
      for j in 0..<n {
        var (sum, size) = (0.0, 0.0)
        for i in 0..<k {
          let term = Double(Self.rounded(a.pointer[r * (k + 3) + i])) * Double(Self.rounded(b.pointer[j * k + i]))
          sum += term
          size += abs(term)
        }
        (values[r * (n + 2) + j], errors[r * (n + 2) + j]) = (sum, Double(k) * size * roundoff)
      }
    }
    return (values, errors)
  }

  @Test(arguments: BFloat16Kernels.available, sizes)
  func agreesWithTheFormula(_ kernels: BFloat16Kernels, _ size: (m: Int, n: Int, k: Int)) {
    let (m, n, k) = size
    let a = Floats(random: m * (k + 3), seed: 1, scale: 3)
    let b = Floats(random: n * k, seed: 2)
    let found = product(kernels, a, b, m: m, n: n, k: k)
    let (values, errors) = expected(a, b, m: m, n: n, k: k)
    #expect(mismatch(found, values) { errors[$0] } == nil)
    // From [k, n], and by several threads, the same bits.
    let turned = Floats(count: n * k)
    for j in 0..<n { for i in 0..<k { turned.pointer[i * n + j] = b.pointer[j * k + i] } }
    let other = product(
      kernels, a, turned, m: m, n: n, k: k, columnStride: 1, depthStride: n, pool: ThreadPool(threads: 3))
    #expect(bits(other.values) == bits(found.values))
  }

  @Test(arguments: BFloat16Kernels.available, Activation.allCases)
  func epiloguesFollow(_ kernels: BFloat16Kernels, _ activation: Activation) {
    let (m, n, k) = (37, 49, 63)
    let a = Floats(random: m * (k + 3), seed: 1)
    let b = Floats(random: n * k, seed: 2)
    let (bias, residual) = (Floats(random: n, seed: 3), Floats(random: m * (n + 1), seed: 4))
    let found = product(
      kernels, a, b, m: m, n: n, k: k,
      epilogue: Epilogue(bias: bias.pointer, activation: activation, residual: residual.pointer, residualStride: n + 1))
    var (values, errors) = expected(a, b, m: m, n: n, k: k)
    for r in 0..<m {
      for j in 0..<n {
        let (at, x) = (r * (n + 2) + j, values[r * (n + 2) + j] + bias[j])
        values[at] = MatMulTests.activated(x, activation) + residual[r * (n + 1) + j]
        // No slope exceeds 1.13; an activation's own error is documented.
        errors[at] = 1.13 * (errors[at] + abs(x) * roundoff) + 4e-7 * max(1, abs(x)) + abs(values[at]) * roundoff
      }
    }
    #expect(mismatch(found, values) { errors[$0] } == nil)
  }

  @Test(arguments: BFloat16Kernels.available)
  func rowsAreIndependentOfTheirSurroundings(_ kernels: BFloat16Kernels) {
    let (m, n, k) = (197, 401, 95)
    let a = Floats(random: m * (k + 3), seed: 6)
    let b = Floats(random: n * k, seed: 7)
    let bias = Floats(random: n, seed: 8)
    let epilogue = Epilogue(bias: bias.pointer, activation: .gelu)
    let whole = bits(product(kernels, a, b, m: m, n: n, k: k, epilogue: epilogue).values)
    for threads in 1...3 {
      let pool = ThreadPool(threads: threads)
      #expect(bits(product(kernels, a, b, m: m, n: n, k: k, epilogue: epilogue, pool: pool).values) == whole)
    }
    for row in [0, 100, 191, 196] {
      let alone = Floats((0..<k + 3).map { a.pointer[row * (k + 3) + $0] })
      let found = product(kernels, alone, b, m: 1, n: n, k: k, epilogue: epilogue)
      #expect(bits(found.values) == Array(whole[row * (n + 2)..<(row + 1) * (n + 2)]))
    }
  }

  /// Zeros, and what is no number, each in its own row and column alone.
  @Test(arguments: BFloat16Kernels.available)
  func oddNumbersStayInTheirRowsAndColumns(_ kernels: BFloat16Kernels) {
    let (m, n, k) = (9, 60, 37)
    let a = Floats(random: m * (k + 3), seed: 1)
    let b = Floats(random: n * k, seed: 2)
    let plain = product(kernels, a, b, m: m, n: n, k: k).values
    for i in 0..<k { (a.pointer[1 * (k + 3) + i], b.pointer[5 * k + i]) = (0, 0) }
    a.pointer[3 * (k + 3) + 36] = .nan
    a.pointer[4 * (k + 3) + 7] = .infinity
    b.pointer[50 * k + 36] = -.infinity
    b.pointer[51 * k + 3] = .nan
    let found = product(kernels, a, b, m: m, n: n, k: k).values
    for r in 0..<m {
      for j in 0..<n {
        let (now, before) = (found[r * (n + 2) + j], plain[r * (n + 2) + j])
        if r == 3 || r == 4 || j == 50 || j == 51 {
          #expect(!now.isFinite, "row \(r), column \(j)")
        } else if r == 1 || j == 5 {
          #expect(now == 0, "row \(r), column \(j)")
        } else {
          #expect(now == before, "row \(r), column \(j)")
        }
      }
    }
  }
}
