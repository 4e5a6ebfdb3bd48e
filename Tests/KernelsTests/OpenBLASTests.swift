import Kernels
import Testing

@Suite struct OpenBLASTests {
  @Test(arguments: KernelSet.available, Activation.allCases)
  func agreesWithThePanels(_ kernels: KernelSet, _ activation: Activation) {
    let (items, rows, n, k) = (3, 15, 300, 49)
    let m = items * rows
    let a = Floats(random: m * k, seed: 1)
    let b = Floats(random: n * k, seed: 2)
    let bias = Floats(random: n, seed: 3)
    let residual = Floats(random: m * n, seed: 4)
    let epilogue = Epilogue(
      bias: bias.pointer, activation: activation, residual: residual.pointer, residualStride: n)
    func product(_ layout: PackedMatrix.Layout, from first: Int, items: Int, threads: Int)
      -> [Float]
    {
      let c = Floats(count: items * rows * n)
      let matrix = PackedMatrix(
        b.pointer, n: n, k: k, columnStride: k, depthStride: 1, kernels: kernels, layout: layout)
      var epilogue = epilogue
      epilogue.residual = epilogue.residual.map { $0 + first * rows * n }
      kernels.matmul(
        OutputRows(c.pointer, stride: n), InputRows(a.pointer + first * rows * k, stride: k),
        rows: items * rows, rowsPerItem: rows, matrix, epilogue: epilogue,
        pool: ThreadPool(threads: threads))
      #expect(c.isIntact)
      return c.values
    }
    let panels = product(.panels, from: 0, items: items, threads: 1)
    let blas = product(.rows, from: 0, items: items, threads: 1)
    // Each of the two sums errs by at most 2k roundings of at most k.
    let tolerance = Float(4 * k * k) * Float(roundoff) + 1e-6
    for (x, y) in zip(panels, blas) { #expect(abs(x - y) <= tolerance) }
    #expect(bits(product(.rows, from: 0, items: items, threads: 3)) == bits(blas))
    #expect(
      bits(product(.rows, from: 1, items: 1, threads: 1)) == bits(blas[rows * n..<2 * rows * n]))
  }

  @Test func namesItsCore() {
    #expect(OpenBLAS.coreName?.isEmpty != true)
  }
}
