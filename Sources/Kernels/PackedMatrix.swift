/// The right-hand side of a product, [k, n], in the panels of one kernel set: element (column j, depth i)
/// stands at [j/P][i][j%P], zero beyond n. The memory belongs to someone else.
public struct PackedPanels {
  public let pointer: UnsafePointer<Float>
  public let n: Int
  public let k: Int

  public init(_ pointer: UnsafePointer<Float>, n: Int, k: Int) {
    self.pointer = pointer
    self.n = n
    self.k = k
  }
}

extension KernelSet {
  /// Floats that the panels of an [n, k] matrix occupy.
  public func packedCount(n: Int, k: Int) -> Int {
    (n + panelWidth - 1) / panelWidth * panelWidth * k
  }

  /// ``pack`` by the threads of the pool, panel by panel.
  public func pack(
    _ packed: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, n: Int, k: Int,
    columnStride: Int, depthStride: Int, pool: ThreadPool?
  ) {
    let panels = (n + panelWidth - 1) / panelWidth
    func task(_ panel: Int) {
      let column = panel * panelWidth
      pack(
        packed + column * k, source + column * columnStride, min(panelWidth, n - column), k, columnStride,
        depthStride)
    }
    if let pool { pool.forEach(panels, task) } else { for panel in 0..<panels { task(panel) } }
  }
}

/// A weight matrix laid out once for many products, in memory of its own.
public final class PackedMatrix: Sendable {
  public enum Layout: Sendable {
    /// For the panel kernels of the kernel set.
    case panels
    /// For OpenBLAS: [n, k] row-major.
    case rows
  }

  public let n: Int
  public let k: Int
  public let layout: Layout
  public let kernels: KernelSet
  /// Written in init only.
  private let storage: AlignedMemory
  var memory: UnsafeMutablePointer<Float> { storage.pointer.assumingMemoryBound(to: Float.self) }

  /// Of the memory that the matrix takes.
  public var byteCount: Int { storage.byteCount }

  /// OpenBLAS where our own kernels have no vector tier to run on.
  public static func preferredLayout(for kernels: KernelSet) -> Layout {
    kernels.name == "scalar" ? .rows : .panels
  }

  /// Copies the matrix whose element (column j < n, depth i < k) stands at
  /// source[j*columnStride + i*depthStride]: (k, 1) for a linear layer's [n, k], (1, n) for a [k, n].
  /// The threads of the pool share the work.
  public init(
    _ source: UnsafePointer<Float>, n: Int, k: Int, columnStride: Int, depthStride: Int,
    kernels: KernelSet,
    layout: Layout? = nil, pool: ThreadPool? = nil
  ) {
    self.n = n
    self.k = k
    self.kernels = kernels
    self.layout = layout ?? Self.preferredLayout(for: kernels)
    let count = self.layout == .panels ? kernels.packedCount(n: n, k: k) : n * k
    storage = AlignedMemory(byteCount: count * MemoryLayout<Float>.stride)
    let memory = storage.pointer.bindMemory(to: Float.self, capacity: count)
    switch self.layout {
    case .panels:
      kernels.pack(
        memory, source, n: n, k: k, columnStride: columnStride, depthStride: depthStride, pool: pool)
    case .rows:
      for j in 0..<n {
        for i in 0..<k { memory[j * k + i] = source[j * columnStride + i * depthStride] }
      }
    }
  }

  /// The panels. The layout must be `.panels`, and the matrix must outlive them.
  public var panels: PackedPanels {
    precondition(layout == .panels)
    return PackedPanels(memory, n: n, k: k)
  }
}
