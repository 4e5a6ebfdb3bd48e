import Kernels
import Testing

@Suite struct TransposeTests {
  @Test(
    arguments: KernelSet.available,
    [(1, 1), (16, 16), (15, 17), (8, 3), (197, 5), (33, 64), (1, 50), (50, 1), (0, 4), (4, 0)])
  func bringsColumnsToRows(_ kernels: KernelSet, _ size: (rows: Int, columns: Int)) {
    let (rows, columns) = size
    let (sourceStride, targetStride) = (columns + 3, rows + 2)
    let source = Floats(random: max((rows - 1) * sourceStride + columns, 1), seed: 1)
    let target = Floats(random: max((columns - 1) * targetStride + rows, 1), seed: 2)
    var expected = (0..<target.count).map { target[$0] }
    for row in 0..<rows {
      for column in 0..<columns { expected[column * targetStride + row] = source[row * sourceStride + column] }
    }
    kernels.transpose(target.pointer, targetStride, source.pointer, sourceStride, rows, columns)
    #expect(mismatch(target, expected) { _ in 0 } == nil)
  }
}
