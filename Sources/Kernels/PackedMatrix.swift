internal import CKernels

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
  // Written in init only.
  nonisolated(unsafe) let memory: UnsafeMutablePointer<Float>

  /// OpenBLAS where our own kernels have no vector tier to run on.
  public static func preferredLayout(for kernels: KernelSet) -> Layout {
    kernels.name == "scalar" ? .rows : .panels
  }

  /// Copies the matrix whose element (column j < n, depth i < k) stands at
  /// source[j*columnStride + i*depthStride]: (k, 1) for a linear layer's [n, k], (1, n) for a [k, n].
  public init(
    _ source: UnsafePointer<Float>, n: Int, k: Int, columnStride: Int, depthStride: Int,
    kernels: KernelSet,
    layout: Layout? = nil
  ) {
    self.n = n
    self.k = k
    self.kernels = kernels
    self.layout = layout ?? Self.preferredLayout(for: kernels)
    let count = self.layout == .panels ? kernels.packedCount(n: n, k: k) : n * k
    guard let memory = ck_allocate(count * MemoryLayout<Float>.stride) else {
      fatalError("out of memory")
    }
    self.memory = memory.bindMemory(to: Float.self, capacity: count)
    switch self.layout {
    case .panels: kernels.pack(self.memory, source, n, k, columnStride, depthStride)
    case .rows:
      for j in 0..<n {
        for i in 0..<k { self.memory[j * k + i] = source[j * columnStride + i * depthStride] }
      }
    }
  }

  deinit { ck_free(memory) }

  /// The panels. The layout must be `.panels`, and the matrix must outlive them.
  public var panels: PackedPanels {
    precondition(layout == .panels)
    return PackedPanels(memory, n: n, k: k)
  }
}
