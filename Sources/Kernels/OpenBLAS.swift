internal import CKernels
internal import COpenBLAS

/// Matrix products through OpenBLAS: for CPUs that none of our vector tiers runs on, and as the yardstick.
public enum OpenBLAS {
  /// The core whose kernels OpenBLAS uses, nil where it has no run-time choice. The first use of this type
  /// lifts an inherited OPENBLAS_CORETYPE that forces older kernels than the CPU has, and must come before
  /// any other BLAS call of the process.
  public static let coreName: String? = ck_openblas_prepare().map { String(cString: $0) }

  /// Columns of one sgemm call. Fixed, so that results do not depend on the number of threads.
  private static let columnsPerCall = 256

  /// c[m, n] = epilogue(a[m, k] · bᵀ) with b [n, k] row-major; one sgemm per image and column chunk.
  public static func matmul(
    _ c: OutputRows, _ a: InputRows, rows m: Int, rowsPerItem: Int, _ b: UnsafePointer<Float>,
    n: Int, k: Int,
    epilogue: Epilogue = Epilogue(), kernels: KernelSet = .best, pool: ThreadPool? = nil
  ) {
    guard m > 0, n > 0 else { return }
    precondition(rowsPerItem > 0 && m % rowsPerItem == 0)
    let accumulates = epilogue.residual.map { $0 == UnsafePointer(c.pointer) } ?? false
    precondition(!accumulates || epilogue.activation == .none)
    _ = coreName
    let epilogue =
      accumulates ? Epilogue(bias: epilogue.bias, activation: epilogue.activation) : epilogue
    let chunks = (n + columnsPerCall - 1) / columnsPerCall
    func task(_ index: Int) {
      let row = index / chunks * rowsPerItem
      let column = index % chunks * columnsPerCall
      let width = min(columnsPerCall, n - column)
      let corner = c.pointer + row * c.stride + column
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rowsPerItem), Int32(width), Int32(k), 1,
        a.pointer + row * a.stride, Int32(a.stride), b + column * k, Int32(max(1, k)),
        accumulates ? 1 : 0,
        corner, Int32(c.stride))
      guard !epilogue.isEmpty else { return }
      var block = epilogue.block(row: row, column: column)
      kernels.epilogue(corner, c.stride, rowsPerItem, width, &block)
    }
    let tasks = m / rowsPerItem * chunks
    if let pool, tasks > 1, m * n * k >= 250_000 {
      pool.forEach(tasks, task)
    } else {
      for index in 0..<tasks { task(index) }
    }
  }
}
