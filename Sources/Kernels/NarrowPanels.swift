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
}
