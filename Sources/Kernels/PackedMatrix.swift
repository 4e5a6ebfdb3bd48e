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
    /// As `panels`, rounded to bfloat16.
    case bfloat16Panels
    /// For the bfloat16 kernels beside the kernel set, which must be there.
    case bfloat16Pairs
    /// For the 8-bit kernels of the kernel set.
    case int8Panels
  }

  public let n: Int
  public let k: Int
  public let layout: Layout
  public let kernels: KernelSet
  /// Written in init only.
  let storage: AlignedMemory
  var memory: UnsafeMutablePointer<Float> { storage.pointer.assumingMemoryBound(to: Float.self) }

  /// Of the memory that the matrix takes.
  public var byteCount: Int { storage.byteCount }

  /// For float32, OpenBLAS where our own kernels have no vector tier to run on.
  public static func preferredLayout(for kernels: KernelSet, _ precision: Precision = .float32) -> Layout {
    switch precision {
    case .float32: kernels.name == "scalar" ? .rows : .panels
    case .bfloat16: kernels.bfloat16 == nil ? .bfloat16Panels : .bfloat16Pairs
    case .int8: .int8Panels
    }
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
    let byteCount =
      switch self.layout {
      case .panels: kernels.packedCount(n: n, k: k) * MemoryLayout<Float>.stride
      case .rows: n * k * MemoryLayout<Float>.stride
      case .bfloat16Panels: kernels.packedCount(n: n, k: k) * MemoryLayout<UInt16>.stride
      case .bfloat16Pairs: kernels.pairs.packedByteCount(n: n, k: k)
      case .int8Panels: kernels.int8.packedByteCount(n: n, k: k)
      }
    storage = AlignedMemory(byteCount: byteCount)
    switch self.layout {
    case .panels:
      kernels.pack(
        storage.pointer.assumingMemoryBound(to: Float.self), source, n: n, k: k, columnStride: columnStride,
        depthStride: depthStride, pool: pool)
    case .bfloat16Panels:
      kernels.packNarrow(
        storage.pointer.assumingMemoryBound(to: UInt16.self), source, n: n, k: k, columnStride: columnStride,
        depthStride: depthStride, pool: pool)
    case .bfloat16Pairs:
      kernels.pairs.pack(
        storage.pointer, source, n: n, k: k, columnStride: columnStride, depthStride: depthStride, kernels: kernels,
        pool: pool)
    case .int8Panels:
      kernels.int8.pack(
        storage.pointer, source, n: n, k: k, columnStride: columnStride, depthStride: depthStride, pool: pool)
    case .rows:
      let memory = storage.pointer.assumingMemoryBound(to: Float.self)
      for j in 0..<n {
        for i in 0..<k { memory[j * k + i] = source[j * columnStride + i * depthStride] }
      }
    }
  }

  /// A float32 matrix in panels whose columns `make` writes, k numbers at a time, in any order: so that none but a
  /// panel's are in memory twice.
  public init(
    n: Int, k: Int, kernels: KernelSet, pool: ThreadPool,
    _ make: (_ column: Int, _ numbers: UnsafeMutablePointer<Float>) -> Void
  ) {
    self.n = n
    self.k = k
    self.kernels = kernels
    layout = .panels
    let width = kernels.panelWidth
    storage = AlignedMemory(byteCount: kernels.packedCount(n: n, k: k) * MemoryLayout<Float>.stride)
    let packed = storage.pointer.assumingMemoryBound(to: Float.self)
    pool.forEach((n + width - 1) / width) { (panel: Int) in
      let columns = panel * width..<min((panel + 1) * width, n)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: columns.count * k) { numbers in
        guard let first = numbers.baseAddress else { return }
        for column in columns { make(column, first + (column - columns.lowerBound) * k) }
        kernels.pack(packed + columns.lowerBound * k, first, columns.count, k, k, 1)
      }
    }
  }

  /// Bytes of scratch that one product of `rows` rows by so many threads needs.
  public func scratchByteCount(rows: Int, threads: Int) -> Int {
    switch layout {
    case .panels, .rows: 0
    case .bfloat16Panels: kernels.passingByteCount(k: k, threads: threads)
    case .bfloat16Pairs: kernels.pairs.scratchByteCount(rows: rows, k: k)
    case .int8Panels: kernels.int8.scratchByteCount(rows: rows, k: k)
    }
  }

  /// The panels. The layout must be `.panels`, and the matrix must outlive them.
  public var panels: PackedPanels {
    precondition(layout == .panels)
    return PackedPanels(memory, n: n, k: k)
  }
}

extension KernelSet {
  /// The kernels for a matrix of the layout `.bfloat16Pairs`.
  var pairs: BFloat16Kernels {
    guard let bfloat16 else { preconditionFailure("\(name) has no products of bfloat16") }
    return bfloat16
  }
}
