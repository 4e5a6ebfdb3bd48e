internal import CKernels

/// Rows of floats: `pointer[r*stride + c]`.
public struct Rows<Pointer> {
  public let pointer: Pointer
  public let stride: Int

  public init(_ pointer: Pointer, stride: Int) {
    self.pointer = pointer
    self.stride = stride
  }
}

public typealias InputRows = Rows<UnsafePointer<Float>>
public typealias OutputRows = Rows<UnsafeMutablePointer<Float>>

extension KernelSet {
  /// c[m, n] = epilogue(a[m, k] · b), split over the threads of the pool, or on this thread without one.
  ///
  /// A row's result depends on that row alone. `c` must not overlap `a`, `b` or the bias.
  public func matmul(
    _ c: OutputRows, _ a: InputRows, rows m: Int, _ b: PackedPanels,
    epilogue: Epilogue = Epilogue(),
    pool: ThreadPool? = nil
  ) {
    guard m > 0, b.n > 0 else { return }
    let panels = (b.n + panelWidth - 1) / panelWidth
    let split = MatMulSplit(
      rows: m, panels: panels, work: m * b.n * b.k, threads: pool?.count ?? 1,
      rowBytes: b.k * MemoryLayout<Float>.stride)
    func task(_ index: Int) {
      let (rows, panels) = split.task(index)
      withUnsafePointer(to: epilogue.block(row: rows.lowerBound)) { block in
        matmulPanels(
          c.pointer + rows.lowerBound * c.stride, c.stride, a.pointer + rows.lowerBound * a.stride,
          a.stride,
          b.pointer, panels.lowerBound, panels.upperBound, rows.count, b.n, b.k,
          epilogue.isEmpty ? nil : block)
      }
    }
    if let pool, split.count > 1 {
      pool.forEach(split.count, task)
    } else {
      for index in 0..<split.count { task(index) }
    }
  }

  /// c[m, n] = epilogue(a[m, k] · b) for a matrix in any layout.
  ///
  /// `rowsPerItem` is the number of rows that belong to one image, a divisor of m: OpenBLAS is called once
  /// per image, so that its result does not depend on the batch. Where the layout is `.rows`, a residual
  /// that is `c` itself must not follow an activation. `scratch` holds the matrix's ``PackedMatrix/scratchByteCount``
  /// bytes, where there are any.
  public func matmul(
    _ c: OutputRows, _ a: InputRows, rows m: Int, rowsPerItem: Int, _ b: PackedMatrix,
    epilogue: Epilogue = Epilogue(), scratch: UnsafeMutableRawPointer? = nil, pool: ThreadPool? = nil
  ) {
    switch b.layout {
    case .panels: matmul(c, a, rows: m, b.panels, epilogue: epilogue, pool: pool)
    case .rows:
      OpenBLAS.matmul(
        c, a, rows: m, rowsPerItem: rowsPerItem, b.memory, n: b.n, k: b.k, epilogue: epilogue,
        kernels: self,
        pool: pool)
    case .bfloat16Panels:
      guard let scratch else { preconditionFailure("a product of narrow panels needs scratch") }
      matmul(
        c, a, rows: m, narrow: b.storage.pointer.assumingMemoryBound(to: UInt16.self), n: b.n, k: b.k,
        epilogue: epilogue, scratch: scratch.assumingMemoryBound(to: Float.self), pool: pool)
    case .bfloat16Pairs:
      guard let scratch else { preconditionFailure("a product of bfloat16 needs scratch") }
      pairs.matmul(
        c, a, rows: m, b.storage.pointer, n: b.n, k: b.k, epilogue: epilogue, scratch: scratch, pool: pool)
    case .int8Panels:
      guard let scratch else { preconditionFailure("a product of 8-bit panels needs scratch") }
      int8.matmul(
        c, a, rows: m, b.storage.pointer, n: b.n, k: b.k, epilogue: epilogue, scratch: scratch, pool: pool)
    }
  }
}
