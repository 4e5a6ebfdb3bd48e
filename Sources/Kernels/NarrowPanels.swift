extension KernelSet {
  /// ``pack`` to panels rounded to bfloat16.
  func packNarrow(
    _ packed: UnsafeMutablePointer<UInt16>, _ source: UnsafePointer<Float>, n: Int, k: Int, columnStride: Int,
    depthStride: Int, pool: ThreadPool?
  ) {
    eachPanel(
      source, n: n, k: k, columnStride: columnStride, depthStride: depthStride, pool: pool
    ) { panel, numbers in
      float32ToBFloat16(packed + panel * panelWidth * k, numbers, panelWidth * k)
    }
  }

  /// Calls `body` with every panel of a matrix, of ``panelWidth`` · k numbers that live for the call.
  func eachPanel(
    _ source: UnsafePointer<Float>, n: Int, k: Int, columnStride: Int, depthStride: Int, pool: ThreadPool?,
    _ body: (_ panel: Int, _ numbers: UnsafePointer<Float>) -> Void
  ) {
    let (panels, size) = ((n + panelWidth - 1) / panelWidth, panelWidth * k)
    let scratch = AlignedMemory(byteCount: (pool?.count ?? 1) * size * MemoryLayout<Float>.stride)
    let wide = scratch.pointer.bindMemory(to: Float.self, capacity: (pool?.count ?? 1) * size)
    func task(_ panel: Int, _ slot: Int) {
      let column = panel * panelWidth
      pack(
        wide + slot * size, source + column * columnStride, min(panelWidth, n - column), k, columnStride, depthStride)
      body(panel, wide + slot * size)
    }
    if let pool { pool.forEach(panels, task) } else { for panel in 0..<panels { task(panel, 0) } }
    withExtendedLifetime(scratch) {}
  }

  /// The float32 product with panels of bfloat16, each widened into the cache before it meets its rows: the bits are
  /// those of the rounded weights in float32 panels. `scratch` holds a panel for each thread.
  func matmul(
    _ c: OutputRows, _ a: InputRows, rows m: Int, narrow packed: UnsafePointer<UInt16>, n: Int, k: Int,
    epilogue: Epilogue, scratch: UnsafeMutablePointer<Float>, pool: ThreadPool?
  ) {
    guard m > 0, n > 0 else { return }
    let (panels, size) = ((n + panelWidth - 1) / panelWidth, panelWidth * k)
    let split = MatMulSplit(rows: m, panels: panels, work: m * n * k, threads: pool?.count ?? 1)
    func task(_ index: Int, _ slot: Int) {
      let (rows, range) = split.task(index)
      let wide = scratch + slot * size
      for panel in range {
        let column = panel * panelWidth
        bfloat16ToFloat32(wide, packed + panel * size, size)
        withUnsafePointer(to: epilogue.block(row: rows.lowerBound, column: column)) { block in
          matmulPanels(
            c.pointer + rows.lowerBound * c.stride + column, c.stride, a.pointer + rows.lowerBound * a.stride, a.stride,
            wide, 0, 1, rows.count, min(panelWidth, n - column), k, epilogue.isEmpty ? nil : block)
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
