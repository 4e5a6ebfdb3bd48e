import Kernels
import Testing

/// Products of quantised matrices against the definition in `CKernels.h`, the integers exactly.
@Suite struct Int8Tests {
  static let sizes: [(m: Int, n: Int, k: Int)] =
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 197].flatMap { m in
      [(1, 1), (15, 63), (16, 16), (48, 5), (49, 64), (130, 33)].map { (m, $0.0, $0.1) }
    } + [(0, 20, 3), (3, 33, 2), (2, 97, 1030), (273, 49, 601)]

  /// What a row becomes: the numbers, their scale and their zero point.
  static func quantized(_ x: [Float]) -> (numbers: [Int], scale: Float, zero: Int) {
    let (low, high) = (min(0, x.min() ?? 0), max(0, x.max() ?? 0))
    let scale = (high - low) / 255
    let inverse = scale > 0 ? 1 / scale : 0
    let zero = Int((-low * inverse).rounded(.toNearestOrEven))
    return (x.map { min(max(Int(($0 * inverse).rounded(.toNearestOrEven)) + zero, 0), 255) }, scale, zero)
  }

  static func quantized(column x: [Float]) -> (numbers: [Int], scale: Float) {
    let scale = (x.map(abs).max() ?? 0) / 127
    let inverse = scale > 0 ? 1 / scale : 0
    return (x.map { Int(($0 * inverse).rounded(.toNearestOrEven)) }, scale)
  }

  /// The product by the kernels: c with rows `n + 2` apart, of a with rows `k + 3` apart.
  private func product(
    _ kernels: Int8Kernels, _ a: Floats, _ b: Floats, m: Int, n: Int, k: Int, columnStride: Int? = nil,
    depthStride: Int = 1, epilogue: Epilogue = Epilogue(), pool: ThreadPool? = nil
  ) -> Floats {
    let panels = AlignedMemory(byteCount: kernels.packedByteCount(n: n, k: k))
    kernels.pack(
      panels.pointer, b.pointer, n: n, k: k, columnStride: columnStride ?? k, depthStride: depthStride, pool: pool)
    let scratch = AlignedMemory(byteCount: kernels.scratchByteCount(rows: m, k: k))
    let c = Floats(count: m * (n + 2))
    for i in 0..<c.count { c.pointer[i] = 77 }
    kernels.matmul(
      OutputRows(c.pointer, stride: n + 2), InputRows(a.pointer, stride: k + 3), rows: m, panels.pointer, n: n, k: k,
      epilogue: epilogue, scratch: scratch.pointer, pool: pool)
    withExtendedLifetime((panels, scratch)) {}
    #expect(c.isIntact)
    return c
  }

  private func expected(_ a: Floats, _ b: Floats, m: Int, n: Int, k: Int) -> [Float] {
    let rows = (0..<m).map { r in Self.quantized((0..<k).map { a.pointer[r * (k + 3) + $0] }) }
    let columns = (0..<n).map { j in Self.quantized(column: (0..<k).map { b.pointer[j * k + $0] }) }
    return rows.flatMap { row in
      columns.map { column in
        let sum = zip(row.numbers, column.numbers).reduce(0) { $0 + ($1.0 - row.zero) * $1.1 }
        return Float(sum) * (row.scale * column.scale)
      } + [77, 77]
    }
  }

  @Test(arguments: Int8Kernels.available, sizes)
  func sumsAreExact(_ kernels: Int8Kernels, _ size: (m: Int, n: Int, k: Int)) {
    let (m, n, k) = size
    let a = Floats(random: m * (k + 3), seed: 1, scale: 3)
    let b = Floats(random: n * k, seed: 2)
    let found = product(kernels, a, b, m: m, n: n, k: k)
    #expect(bits(found.values) == bits(expected(a, b, m: m, n: n, k: k)))
    // From [k, n], and by several threads, the same.
    let turned = Floats(count: n * k)
    for j in 0..<n { for i in 0..<k { turned.pointer[i * n + j] = b.pointer[j * k + i] } }
    let other = product(
      kernels, a, turned, m: m, n: n, k: k, columnStride: 1, depthStride: n, pool: ThreadPool(threads: 3))
    #expect(bits(other.values) == bits(found.values))
  }

  /// The largest numbers at the greatest depth: what 16 bits could not hold, and what 32 bits just do.
  @Test(arguments: Int8Kernels.available)
  func theLargestSumsFit(_ kernels: Int8Kernels) {
    let k = Int8Kernels.deepest
    for sign: Float in [1, -1] {
      let (a, b) = (Floats(count: k + 3), Floats(count: 2 * k))
      for i in 0..<k { (a.pointer[i], b.pointer[i], b.pointer[k + i]) = (255 * sign, 127, -127) }
      let found = product(kernels, a, b, m: 1, n: 2, k: k)
      let largest = Float(255 * 127 * k)
      #expect(Array(found.values.prefix(2)) == [sign * largest, -sign * largest])
    }
  }

  @Test(arguments: Int8Kernels.available, Activation.allCases)
  func epiloguesFollow(_ kernels: Int8Kernels, _ activation: Activation) {
    let (m, n, k) = (15, 49, 63)
    let a = Floats(random: m * (k + 3), seed: 1)
    let b = Floats(random: n * k, seed: 2)
    let (bias, residual) = (Floats(random: n, seed: 3), Floats(random: m * (n + 1), seed: 4))
    let found = product(
      kernels, a, b, m: m, n: n, k: k,
      epilogue: Epilogue(bias: bias.pointer, activation: activation, residual: residual.pointer, residualStride: n + 1))
    let sums = expected(a, b, m: m, n: n, k: k)
    var tolerance = [Double](repeating: 0, count: sums.count)
    let wanted = sums.indices.map { at in
      let (r, j) = (at / (n + 2), at % (n + 2))
      guard j < n else { return 77.0 }
      let x = Double(sums[at]) + bias[j]
      let result = MatMulTests.activated(x, activation) + residual[r * (n + 1) + j]
      // The roundings of two sums, and what an activation is allowed; no slope exceeds 1.13.
      tolerance[at] = 4e-7 * max(1, abs(x)) + (1.13 * abs(x) + abs(result)) * 2 * roundoff
      return result
    }
    #expect(mismatch(found, wanted) { tolerance[$0] } == nil)
  }

  @Test(arguments: Int8Kernels.available)
  func rowsAreIndependentOfTheirSurroundings(_ kernels: Int8Kernels) {
    let (m, n, k) = (197, 401, 96)
    let a = Floats(random: m * (k + 3), seed: 6)
    let b = Floats(random: n * k, seed: 7)
    let bias = Floats(random: n, seed: 8)
    let epilogue = Epilogue(bias: bias.pointer, activation: .gelu)
    let whole = bits(product(kernels, a, b, m: m, n: n, k: k, epilogue: epilogue).values)
    for threads in 1...3 {
      let pool = ThreadPool(threads: threads)
      #expect(bits(product(kernels, a, b, m: m, n: n, k: k, epilogue: epilogue, pool: pool).values) == whole)
    }
    for row in [0, 100, 196] {
      let alone = Floats((0..<k + 3).map { a.pointer[row * (k + 3) + $0] })
      let found = product(kernels, alone, b, m: 1, n: n, k: k, epilogue: epilogue)
      #expect(bits(found.values) == Array(whole[row * (n + 2)..<(row + 1) * (n + 2)]))
    }
  }

  /// Zeros, numbers too small to scale, and what is no number, each in its own row and column alone.
  @Test(arguments: Int8Kernels.available)
  func oddRowsAndColumns(_ kernels: Int8Kernels) {
    let (m, n, k) = (9, 60, 37)
    let a = Floats(random: m * (k + 3), seed: 1)
    let b = Floats(random: n * k, seed: 2)
    let plain = product(kernels, a, b, m: m, n: n, k: k).values
    let tiny = 1000 * Float.leastNonzeroMagnitude
    for i in 0..<k {
      a.pointer[1 * (k + 3) + i] = 0
      a.pointer[2 * (k + 3) + i] *= tiny
      b.pointer[5 * k + i] = 0
      b.pointer[6 * k + i] *= tiny
    }
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
        } else if r == 1 || r == 2 || j == 5 || j == 6 {
          #expect(now == 0, "row \(r), column \(j)")
        } else {
          #expect(now == before, "row \(r), column \(j)")
        }
      }
    }
  }
}
