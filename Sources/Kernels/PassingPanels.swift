extension KernelSet {
  /// Bytes of scratch for a product by so many threads whose panels are made as they are needed.
  public func passingByteCount(k: Int, threads: Int) -> Int { threads * k * panelWidth * MemoryLayout<Float>.stride }

  /// The product with panels of bfloat16, each widened into the cache before it meets its rows: the bits are those of
  /// the rounded weights in float32 panels. `scratch` holds ``passingByteCount(k:threads:)`` bytes.
  func matmul(
    _ c: OutputRows, _ a: InputRows, rows m: Int, narrow packed: UnsafePointer<UInt16>, n: Int, k: Int,
    epilogue: Epilogue, scratch: UnsafeMutablePointer<Float>, pool: ThreadPool?
  ) {
    matmul(c, a, rows: m, n: n, k: k, epilogue: epilogue, scratch: scratch, pool: pool) { panel, wide in
      bfloat16ToFloat32(wide, packed + panel * panelWidth * k, panelWidth * k)
    }
  }

  /// The product with a matrix where it lies, element (column j, depth i) at source[j*columnStride + i*depthStride]:
  /// each panel is packed into the cache before it meets its rows, and the bits are those of a packed matrix. For a
  /// single product that takes less time than to write all panels to memory, and no memory for them. `scratch` holds
  /// ``passingByteCount(k:threads:)`` bytes.
  public func matmul(
    _ c: OutputRows, _ a: InputRows, rows m: Int, unpacked source: UnsafePointer<Float>, columnStride: Int,
    depthStride: Int, n: Int, k: Int, epilogue: Epilogue, scratch: UnsafeMutablePointer<Float>, pool: ThreadPool?
  ) {
    matmul(c, a, rows: m, n: n, k: k, epilogue: epilogue, scratch: scratch, pool: pool) { panel, packed in
      let column = panel * panelWidth
      pack(packed, source + column * columnStride, min(panelWidth, n - column), k, columnStride, depthStride)
    }
  }

  /// The product with panels that `make` writes one by one, each to be met by its rows at once.
  private func matmul(
    _ c: OutputRows, _ a: InputRows, rows m: Int, n: Int, k: Int, epilogue: Epilogue,
    scratch: UnsafeMutablePointer<Float>, pool: ThreadPool?,
    _ make: (_ panel: Int, _ numbers: UnsafeMutablePointer<Float>) -> Void
  ) {
    guard m > 0, n > 0 else { return }
    let split = MatMulSplit(
      rows: m, panels: (n + panelWidth - 1) / panelWidth, work: m * n * k, threads: pool?.count ?? 1)
    func task(_ index: Int, _ slot: Int) {
      let (rows, range) = split.task(index)
      let numbers = scratch + slot * panelWidth * k
      for panel in range {
        let column = panel * panelWidth
        make(panel, numbers)
        withUnsafePointer(to: epilogue.block(row: rows.lowerBound, column: column)) { block in
          matmulPanels(
            c.pointer + rows.lowerBound * c.stride + column, c.stride, a.pointer + rows.lowerBound * a.stride, a.stride,
            numbers, 0, 1, rows.count, min(panelWidth, n - column), k, epilogue.isEmpty ? nil : block)
        }
      }
    }
    if let pool, split.count > 1 {
      pool.forEach(split.count, task)
    } else {
      for index in 0..<split.count { task(index, 0) }
    }
  }
}
