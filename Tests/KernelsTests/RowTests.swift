import Glibc
import Kernels
import Testing

@Suite struct RowTests {
  static let widths = [1, 2, 7, 8, 15, 16, 17, 48, 63, 64, 65, 197, 768, 1000]

  @Test(arguments: KernelSet.available, widths)
  func normalisesRows(_ kernels: KernelSet, _ cols: Int) {
    let rows = 5
    let x = Floats(random: rows * cols, seed: 1)
    let gamma = Floats(random: cols, seed: 2)
    let beta = Floats(random: cols, seed: 3)
    let y = Floats(count: rows * cols)
    let plain = Floats(count: rows * cols)
    for i in 0..<cols { x.pointer[i] += 100 }  // A mean that a one-pass variance would drown in.
    kernels.layerNorm(y.pointer, x.pointer, gamma.pointer, beta.pointer, rows, cols, 1e-5)
    kernels.layerNorm(plain.pointer, x.pointer, nil, nil, rows, cols, 1e-5)
    var expected: [Double] = []
    var normal: [Double] = []
    var tolerance: [Double] = []
    for r in 0..<rows {
      let row = (0..<cols).map { x[r * cols + $0] }
      let mean = row.reduce(0, +) / Double(cols)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(cols)
      let size = row.reduce(0) { max($0, abs($1)) }
      let deviation = (variance + Double(Float(1e-5))).squareRoot()
      for c in 0..<cols {
        normal.append((row[c] - mean) / deviation)
        expected.append(normal.last! * gamma[c] + beta[c])
        // The mean is wrong by at most (depth of its sum + 2) roundings of the largest element.
        let depth = Double(cols) / 8 + 8
        tolerance.append(
          (depth * size / deviation * (1 + abs(normal.last!)) + depth + 8) * roundoff)
      }
    }
    #expect(mismatch(y, expected) { tolerance[$0] } == nil)
    #expect(mismatch(plain, normal) { tolerance[$0] } == nil)
    let alone = Floats(count: cols)
    let place = x.copy
    kernels.layerNorm(
      alone.pointer, x.pointer + 3 * cols, gamma.pointer, beta.pointer, 1, cols, 1e-5)
    #expect(bits(alone.values) == bits(y.values[3 * cols..<4 * cols]))
    kernels.layerNorm(place.pointer, place.pointer, gamma.pointer, beta.pointer, rows, cols, 1e-5)
    #expect(bits(place.values) == bits(y.values))
  }

  @Test(arguments: KernelSet.available, widths)
  func softmaxesRows(_ kernels: KernelSet, _ cols: Int) {
    let rows = 5
    let x = Floats(random: rows * cols, seed: 4, scale: 10)
    let y = Floats(count: rows * cols)
    for i in 0..<cols { x.pointer[i] += 1000 }  // exp alone would overflow.
    kernels.softmax(y.pointer, x.pointer, rows, cols)
    var expected: [Double] = []
    for r in 0..<rows {
      let row = (0..<cols).map { x[r * cols + $0] }
      let top = row.max()!
      let sum = row.reduce(0) { $0 + exp($1 - top) }
      expected += row.map { exp($0 - top) / sum }
    }
    // The exponent is at most 20 and rounded once; exp, the sum and the division follow.
    #expect(
      mismatch(y, expected) { (expected[$0] * (30 + Double(cols)) + 1e-30) * roundoff } == nil)
    let place = x.copy
    kernels.softmax(place.pointer, place.pointer, rows, cols)
    #expect(bits(place.values) == bits(y.values))
    let alone = Floats(count: cols)
    kernels.softmax(alone.pointer, x.pointer + 2 * cols, 1, cols)
    #expect(bits(alone.values) == bits(y.values[2 * cols..<3 * cols]))
  }

  @Test(arguments: KernelSet.available, [1, 15, 48, 197])
  func scalesRowsAndColumns(_ kernels: KernelSet, _ cols: Int) {
    let rows = 3
    let n = rows * cols
    let x = Floats(random: n, seed: 5)
    let scale = Floats(random: cols, seed: 6)
    let shift = Floats(random: cols, seed: 7)
    let y = x.copy
    let shifted = Floats(count: n)
    let scaled = Floats(count: n)
    kernels.scaleShift(y.pointer, y.pointer, scale.pointer, shift.pointer, rows, cols)
    kernels.scaleShift(shifted.pointer, x.pointer, nil, shift.pointer, rows, cols)
    kernels.scaleShift(scaled.pointer, x.pointer, scale.pointer, nil, rows, cols)
    #expect(
      mismatch(y, (0..<n).map { x[$0] * scale[$0 % cols] + shift[$0 % cols] }) { _ in 3 * roundoff }
        == nil)
    #expect(
      mismatch(shifted, (0..<n).map { x[$0] + shift[$0 % cols] }) { _ in 2 * roundoff } == nil)
    #expect(mismatch(scaled, (0..<n).map { x[$0] * scale[$0 % cols] }) { _ in roundoff } == nil)

    let weight = Floats(random: rows * 4 - 3, seed: 8)
    let weighted = Floats(count: n)
    kernels.scaleRows(weighted.pointer, x.pointer, weight.pointer, 4, rows, cols, 0)
    #expect(
      mismatch(weighted, (0..<n).map { x[$0] * weight[$0 / cols * 4] }) { _ in roundoff } == nil)
    let before = weighted.copy
    kernels.scaleRows(weighted.pointer, x.pointer, weight.pointer, 4, rows, cols, 1)
    let expected = (0..<n).map { x[$0] * weight[$0 / cols * 4] + before[$0] }
    #expect(mismatch(weighted, expected) { _ in 4 * roundoff } == nil)
  }

  @Test(
    arguments: KernelSet.available, [(1, 1), (15, 17), (16, 64), (196, 49), (197, 131), (0, 5)])
  func averagesColumns(_ kernels: KernelSet, _ size: (Int, Int)) {
    let (rows, cols) = size
    let stride = cols + 3
    let x = Floats(random: max(0, rows * stride - 3), seed: 9)
    let mean = Floats(count: cols)
    kernels.columnMean(mean.pointer, x.pointer, stride, rows, cols)
    let expected = (0..<cols).map { c in
      (0..<rows).reduce(0) { $0 + x[$1 * stride + c] } / Double(max(1, rows))
    }
    #expect(mismatch(mean, expected) { _ in Double(16 + rows / 16 + 2) * roundoff } == nil)
  }
}
