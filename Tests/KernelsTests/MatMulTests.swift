import Kernels
import Testing

@Suite struct MatMulTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var m: Int
    var n: Int
    var k: Int
    var activation = Activation.none
    var bias = false
    var residual = false
    var testDescription: String { "\(m)x\(n)x\(k) \(activation) bias \(bias) residual \(residual)" }
  }

  static let cases =
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 197].flatMap { m in
      [(1, 1), (15, 63), (16, 16), (48, 5), (49, 64), (130, 33)].map {
        Case(m: m, n: $0.0, k: $0.1)
      }
    }
    + Activation.allCases.flatMap {
      [
        Case(m: 15, n: 49, k: 63, activation: $0, bias: true),
        Case(m: 5, n: 31, k: 7, activation: $0, bias: true, residual: true),
        Case(m: 3, n: 15, k: 31, activation: $0, residual: true),
      ]
    } + [Case(m: 4, n: 20, k: 0, bias: true), Case(m: 0, n: 20, k: 3)]

  static func activated(_ x: Double, _ activation: Activation) -> Double {
    switch activation {
    case .none: x
    case .gelu: Formula.gelu(x)
    case .geluTanh: Formula.geluTanh(x)
    case .quickGELU: Formula.quickGELU(x)
    case .relu: max(x, 0)
    }
  }

  @Test(arguments: KernelSet.available, [(1, 7), (47, 16), (197, 33), (300, 1)])
  func threadsPackWhatOneDoes(_ kernels: KernelSet, _ size: (n: Int, k: Int)) {
    let (n, k) = size
    let b = Floats(random: n * (k + 1), seed: 2)
    let count = kernels.packedCount(n: n, k: k)
    for (columnStride, depthStride) in [(k + 1, 1), (1, n)] {
      let (alone, shared) = (Floats(count: count), Floats(count: count))
      kernels.pack(alone.pointer, b.pointer, n, k, columnStride, depthStride)
      kernels.pack(
        shared.pointer, b.pointer, n: n, k: k, columnStride: columnStride, depthStride: depthStride,
        pool: ThreadPool(threads: 3))
      #expect(alone.values == shared.values)
    }
  }

  @Test(arguments: KernelSet.available, cases)
  func agreesWithTheFormula(_ kernels: KernelSet, _ test: Case) {
    let (m, n, k) = (test.m, test.n, test.k)
    let (lda, ldc, ldr) = (k + 3, n + 2, n + 1)
    let a = Floats(random: m * lda, seed: 1)
    let b = Floats(random: n * k, seed: 2)
    let bias = Floats(random: n, seed: 3)
    let residual = Floats(random: m * ldr, seed: 4)
    let packed = Floats(count: kernels.packedCount(n: n, k: k))
    let c = Floats(count: m * ldc)
    for i in 0..<c.count { c.pointer[i] = 77 }
    kernels.pack(packed.pointer, b.pointer, n, k, k, 1)
    kernels.matmul(
      OutputRows(c.pointer, stride: ldc), InputRows(a.pointer, stride: lda), rows: m,
      PackedPanels(packed.pointer, n: n, k: k),
      epilogue: Epilogue(
        bias: test.bias ? UnsafePointer(bias.pointer) : nil, activation: test.activation,
        residual: test.residual ? UnsafePointer(residual.pointer) : nil, residualStride: ldr))
    var expected = [Double](repeating: 77, count: m * ldc)
    var tolerance = [Double](repeating: 0, count: m * ldc)
    for r in 0..<m {
      for j in 0..<n {
        var sum = test.bias ? bias[j] : 0
        var size = abs(sum)
        for i in 0..<k {
          sum += a[r * lda + i] * b[j * k + i]
          size += abs(a[r * lda + i] * b[j * k + i])
        }
        let rest = test.residual ? residual[r * ldr + j] : 0
        expected[r * ldc + j] = Self.activated(sum, test.activation) + rest
        // k products and sums, the bias; no activation's slope exceeds 1.13, its own error is documented.
        let activation = test.activation == .none ? 0 : 4e-7 * max(1, abs(sum))
        tolerance[r * ldc + j] =
          (1.13 * Double(2 * k + 2) * size + abs(expected[r * ldc + j])) * roundoff + activation
      }
    }
    #expect(mismatch(c, expected) { tolerance[$0] } == nil)
  }

  @Test(arguments: KernelSet.available, [(1, 1), (15, 16), (48, 17), (49, 31), (100, 3)])
  func packsBothOrientationsAlike(_ kernels: KernelSet, _ size: (Int, Int)) {
    let (n, k) = size
    let rows = Floats(random: n * k, seed: 5)
    let columns = Floats(count: n * k)
    let apart = Floats(count: 2 * n * k)
    for j in 0..<n {
      for i in 0..<k {
        columns.pointer[i * n + j] = rows.pointer[j * k + i]
        apart.pointer[2 * (j * k + i)] = rows.pointer[j * k + i]
      }
    }
    let count = kernels.packedCount(n: n, k: k)
    let width = kernels.panelWidth
    let sources = [(rows, k, 1), (columns, 1, n), (apart, 2 * k, 2)]
    for (source, columnStride, depthStride) in sources {
      let packed = Floats(count: count)
      kernels.pack(packed.pointer, source.pointer, n, k, columnStride, depthStride)
      let expected = (0..<count).map { at in
        let j = at / (width * k) * width + at % width
        return j < n ? rows[j * k + at / width % k] : 0
      }
      #expect(mismatch(packed, expected) { _ in 0 } == nil)
    }
  }

  /// A row's bits do not depend on the rows around it, nor on the threads.
  @Test(arguments: KernelSet.available)
  func rowsAreIndependentOfTheirSurroundings(_ kernels: KernelSet) {
    let (m, n, k) = (197, 401, 95)
    let a = Floats(random: m * k, seed: 6)
    let b = Floats(random: n * k, seed: 7)
    let bias = Floats(random: n, seed: 8)
    let matrix = PackedMatrix(
      b.pointer, n: n, k: k, columnStride: k, depthStride: 1, kernels: kernels, layout: .panels)
    func product(rows: Range<Int>, _ pool: ThreadPool?) -> [UInt32] {
      let c = Floats(count: rows.count * n)
      kernels.matmul(
        OutputRows(c.pointer, stride: n), InputRows(a.pointer + rows.lowerBound * k, stride: k),
        rows: rows.count, rowsPerItem: rows.count, matrix,
        epilogue: Epilogue(bias: bias.pointer, activation: .gelu), pool: pool)
      #expect(c.isIntact)
      return bits(c.values)
    }
    let whole = product(rows: 0..<m, nil)
    for threads in 1...3 { #expect(product(rows: 0..<m, ThreadPool(threads: threads)) == whole) }
    for rows in [0..<1, 100..<101, 196..<197, 3..<8, 190..<197, 50..<63] {
      #expect(product(rows: rows, nil) == Array(whole[rows.lowerBound * n..<rows.upperBound * n]))
    }
  }

  /// A product with a matrix in a layout, with the scratch that it asks for.
  private func multiply(
    _ kernels: KernelSet, _ c: Floats, _ a: Floats, rows m: Int, _ matrix: PackedMatrix, _ epilogue: Epilogue,
    _ pool: ThreadPool? = nil
  ) {
    let scratch = AlignedMemory(byteCount: matrix.scratchByteCount(rows: m, threads: pool?.count ?? 1))
    kernels.matmul(
      OutputRows(c.pointer, stride: matrix.n), InputRows(a.pointer, stride: matrix.k), rows: m, rowsPerItem: m, matrix,
      epilogue: epilogue, scratch: scratch.pointer, pool: pool)
    withExtendedLifetime(scratch) {}
  }

  /// Bfloat16 panels are widened: the bits are those of rounded weights, whatever else the CPU could multiply.
  @Test(arguments: KernelSet.available, [(1, 1, 1), (197, 130, 33), (9, 49, 64)])
  func widenedPanelsAreRoundedWeights(_ kernels: KernelSet, _ size: (m: Int, n: Int, k: Int)) {
    let (m, n, k) = size
    let a = Floats(random: m * k, seed: 9)
    let b = Floats(random: n * k, seed: 10)
    let rounded = Floats(b.values.map(BFloat16Tests.rounded))
    let products = [(b, PackedMatrix.Layout.bfloat16Panels), (rounded, .panels)].map { weights, layout in
      let matrix = PackedMatrix(
        weights.pointer, n: n, k: k, columnStride: k, depthStride: 1, kernels: kernels, layout: layout)
      let c = Floats(count: m * n)
      multiply(kernels, c, a, rows: m, matrix, Epilogue(), ThreadPool(threads: 2))
      return bits(c.values)
    }
    #expect(products[0] == products[1])
  }

  @Test(
    arguments: KernelSet.available,
    [PackedMatrix.Layout.panels, .rows, .bfloat16Panels, .bfloat16Pairs, .int8Panels])
  func residualMayBeTheResult(_ kernels: KernelSet, _ layout: PackedMatrix.Layout) {
    if layout == .bfloat16Pairs, kernels.bfloat16 == nil { return }
    let (m, n, k) = (15, 49, 33)
    let a = Floats(random: m * k, seed: 9)
    let b = Floats(random: n * k, seed: 10)
    let bias = Floats(random: n, seed: 11)
    let residual = Floats(random: m * n, seed: 12)
    let matrix = PackedMatrix(
      b.pointer, n: n, k: k, columnStride: k, depthStride: 1, kernels: kernels, layout: layout)
    let apart = Floats(count: m * n)
    let same = residual.copy
    for (c, rest) in [(apart, residual), (same, same)] {
      multiply(
        kernels, c, a, rows: m, matrix, Epilogue(bias: bias.pointer, residual: rest.pointer, residualStride: n))
    }
    if layout != .rows {
      #expect(bits(apart.values) == bits(same.values))
    } else {
      #expect(
        mismatch(same, apart.values.map(Double.init)) { _ in Double(2 * k) * 3 * roundoff * 10 }
          == nil)
    }
  }

  /// Every element is computed once, whatever the split.
  @Test(arguments: Precision.allCases.filter { $0 != .int8 })
  func splitsCoverTheProduct(_ precision: Precision) {
    let sizes = [(1, 4, 8), (1, 5000, 768), (197, 768, 768), (1576, 15, 300), (33, 49, 4000), (900, 193, 3072)]
    for (m, n, k) in sizes {
      let a = Floats(count: m * k)
      let b = Floats(count: n * k)
      let c = Floats(count: m * n)
      for i in 0..<m * k { a.pointer[i] = 1 }
      for i in 0..<n * k { b.pointer[i] = 1 }
      let kernels = KernelSet.best
      let matrix = PackedMatrix(
        b.pointer, n: n, k: k, columnStride: k, depthStride: 1, kernels: kernels,
        layout: PackedMatrix.preferredLayout(for: kernels, precision))
      for i in 0..<m * n { c.pointer[i] = 1 }
      multiply(
        kernels, c, a, rows: m, matrix, Epilogue(residual: c.pointer, residualStride: n), ThreadPool(threads: 3))
      #expect(c.values.allSatisfy { $0 == Float(k + 1) })
    }
  }
}
