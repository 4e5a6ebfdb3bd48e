internal import CKernels

/// The kernels that multiply quantised rows with quantised columns, as plain C functions: `CKernels.h` states what
/// each computes. The integer sums are the same in every tier.
public struct Int8Kernels: Sendable {
  public typealias Pointer = UnsafePointer<Float>
  public typealias MutablePointer = UnsafeMutablePointer<Float>

  /// `scalar`, `avx2`, `avx512vnni` or `amx`.
  public let name: String
  /// Columns of one packed panel.
  public let panelWidth: Int
  /// Bytes of a quantised row of k elements.
  public let rowBytes: @Sendable @convention(c) (Int) -> Int
  /// Bytes of a panel k deep.
  public let panelBytes: @Sendable @convention(c) (Int) -> Int
  /// (panels, src, n, k, columnStride, depthStride, scratch of 2k + 4 floats)
  let packPanels:
    @Sendable @convention(c) (UnsafeMutableRawPointer, Pointer, Int, Int, Int, Int, MutablePointer) -> Void
  /// (q, scales, zeros, x, xStride, rows, k)
  public let quantize:
    @Sendable @convention(c) (
      UnsafeMutableRawPointer, MutablePointer, UnsafeMutablePointer<Int32>, Pointer, Int, Int, Int
    ) -> Void
  /// (c, ldc, q, scales, zeros, panels, p0, p1, m, n, k, epilogue)
  let matmulPanels:
    @Sendable @convention(c) (
      MutablePointer, Int, UnsafeRawPointer, Pointer, UnsafePointer<Int32>, UnsafeRawPointer, Int, Int, Int, Int, Int,
      UnsafePointer<ck_epilogue>?
    ) -> Void

  /// Depths beyond which the sums would not fit 32 bits.
  public static let deepest = Int(CK_I8_DEEPEST)
}

extension Int8Kernels: CustomStringConvertible {
  public var description: String { name }

  public static let scalar = Int8Kernels(
    name: "scalar", panelWidth: ck_i8_panel_width_scalar(), rowBytes: ck_i8_row_bytes_scalar,
    panelBytes: ck_i8_panel_bytes_scalar, packPanels: ck_i8_pack_scalar, quantize: ck_i8_quantize_scalar,
    matmulPanels: ck_i8_matmul_scalar)

  #if arch(x86_64)
    public static let avx2 = Int8Kernels(
      name: "avx2", panelWidth: ck_i8_panel_width_avx2(), rowBytes: ck_i8_row_bytes_avx2,
      panelBytes: ck_i8_panel_bytes_avx2, packPanels: ck_i8_pack_avx2, quantize: ck_i8_quantize_avx2,
      matmulPanels: ck_i8_matmul_avx2)

    public static let avx512vnni = Int8Kernels(
      name: "avx512vnni", panelWidth: ck_i8_panel_width_avx512vnni(), rowBytes: ck_i8_row_bytes_avx512vnni,
      panelBytes: ck_i8_panel_bytes_avx512vnni, packPanels: ck_i8_pack_avx512vnni,
      quantize: ck_i8_quantize_avx512vnni, matmulPanels: ck_i8_matmul_avx512vnni)

    /// The tile unit's products of what AVX-512 quantises.
    public static let amx = Int8Kernels(
      name: "amx", panelWidth: ck_i8_panel_width_avx512vnni(), rowBytes: ck_i8_row_bytes_avx512vnni,
      panelBytes: ck_i8_panel_bytes_avx512vnni, packPanels: ck_i8_pack_avx512vnni,
      quantize: ck_i8_quantize_avx512vnni, matmulPanels: ck_i8_matmul_amx)
  #endif

  /// Those that this machine runs, slowest first.
  public static let available: [Int8Kernels] = {
    #if arch(x86_64)
      [scalar] + (ck_best_tier() >= 1 ? [avx2] : []) + (ck_has_avx512vnni() != 0 ? [avx512vnni] : [])
        + (ck_has_amx() != 0 ? [amx] : [])
    #else
      [scalar]
    #endif
  }()
}

extension KernelSet {
  /// The 8-bit kernels for this tier: AVX-512 without VNNI takes those of AVX2.
  public var int8: Int8Kernels {
    let names = ["scalar": ["scalar"], "avx2": ["scalar", "avx2"]][name]
    return Int8Kernels.available.last { names?.contains($0.name) ?? true } ?? .scalar
  }
}

extension Int8Kernels {
  /// Bytes that the panels of an [n, k] matrix occupy.
  public func packedByteCount(n: Int, k: Int) -> Int { (n + panelWidth - 1) / panelWidth * panelBytes(k) }

  /// Quantises the columns of a matrix into panels, whose memory must start on 4 bytes; the threads of the pool
  /// share the work.
  public func pack(
    _ packed: UnsafeMutableRawPointer, _ source: Pointer, n: Int, k: Int, columnStride: Int, depthStride: Int,
    pool: ThreadPool?
  ) {
    let panels = (n + panelWidth - 1) / panelWidth
    let floats = 2 * k + 4
    let scratch = AlignedMemory(byteCount: (pool?.count ?? 1) * floats * MemoryLayout<Float>.stride)
    let memory = scratch.pointer.bindMemory(to: Float.self, capacity: (pool?.count ?? 1) * floats)
    func task(_ panel: Int, _ slot: Int) {
      let column = panel * panelWidth
      packPanels(
        packed + panel * panelBytes(k), source + column * columnStride, min(panelWidth, n - column), k, columnStride,
        depthStride, memory + slot * floats)
    }
    if let pool { pool.forEach(panels, task) } else { for panel in 0..<panels { task(panel, 0) } }
    withExtendedLifetime(scratch) {}
  }

  /// Bytes of scratch that a product of `rows` rows k deep needs: the rows, their scales and zero points.
  public func scratchByteCount(rows: Int, k: Int) -> Int { rows * (rowBytes(k) + 8) }

  /// c[m, n] = epilogue(a[m, k] · b), the rows quantised one by one: a row's result depends on that row alone.
  public func matmul(
    _ c: OutputRows, _ a: InputRows, rows m: Int, _ panels: UnsafeRawPointer, n: Int, k: Int,
    epilogue: Epilogue = Epilogue(), scratch: UnsafeMutableRawPointer, pool: ThreadPool? = nil
  ) {
    guard m > 0, n > 0 else { return }
    let bytes = rowBytes(k)
    let scales = (scratch + m * bytes).assumingMemoryBound(to: Float.self)
    let zeros = (scratch + m * (bytes + 4)).assumingMemoryBound(to: Int32.self)
    let split = MatMulSplit(
      rows: m, panels: (n + panelWidth - 1) / panelWidth, work: m * n * k / Self.speedUp, threads: pool?.count ?? 1,
      rowBytes: bytes)
    func quantize(_ rows: Range<Int>) {
      self.quantize(
        scratch + rows.lowerBound * bytes, scales + rows.lowerBound, zeros + rows.lowerBound,
        a.pointer + rows.lowerBound * a.stride, a.stride, rows.count, k)
    }
    split.run(pool, preparing: quantize) { rows, range in
      withUnsafePointer(to: epilogue.block(row: rows.lowerBound)) { block in
        matmulPanels(
          c.pointer + rows.lowerBound * c.stride, c.stride, scratch + rows.lowerBound * bytes,
          scales + rows.lowerBound, zeros + rows.lowerBound, panels, range.lowerBound, range.upperBound, rows.count, n,
          k, epilogue.isEmpty ? nil : block)
      }
    }
  }

  /// How much more an 8-bit product does in the time of a float32 one, about.
  private static let speedUp = 4
}
