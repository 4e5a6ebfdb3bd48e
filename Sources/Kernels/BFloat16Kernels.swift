internal import CKernels

/// The kernels of CPUs that multiply bfloat16 numbers, as plain C functions: `CKernels.h` states what each computes.
/// Sums are float32; the kernel sets differ in how they round them.
public struct BFloat16Kernels: Sendable {
  /// `avx512bf16` or `amx`.
  public let name: String
  /// Columns of one packed panel, those of a float32 panel of AVX-512.
  let panelWidth: Int
  /// Bytes of a rounded row of k elements.
  let rowBytes: @Sendable @convention(c) (Int) -> Int
  /// (pairs, panel, k)
  let pair: @Sendable @convention(c) (UnsafeMutableRawPointer, UnsafePointer<Float>, Int) -> Void
  /// (q, x, xStride, rows, k)
  let round: @Sendable @convention(c) (UnsafeMutableRawPointer, UnsafePointer<Float>, Int, Int, Int) -> Void
  /// (c, ldc, q, panels, p0, p1, m, n, k, epilogue)
  let matmulPanels:
    @Sendable @convention(c) (
      UnsafeMutablePointer<Float>, Int, UnsafeRawPointer, UnsafeRawPointer, Int, Int, Int, Int, Int,
      UnsafePointer<ck_epilogue>?
    ) -> Void
  /// (lq, lk, d, dv): floats of scratch that one ``attention`` call needs.
  public let attentionScratch: @Sendable @convention(c) (Int, Int, Int, Int) -> Int
  /// Its products are of rounded numbers.
  public let attention: KernelSet.Attention
}

extension BFloat16Kernels: CustomStringConvertible {
  public var description: String { name }

  #if arch(x86_64)
    /// AVX-512 BF16.
    static let avx512bf16 = BFloat16Kernels(
      name: "avx512bf16", panelWidth: ck_bf16_panel_width(), rowBytes: ck_bf16_row_bytes, pair: ck_bf16_pair,
      round: ck_bf16_round, matmulPanels: ck_bf16_matmul_avx512bf16,
      attentionScratch: ck_attention_scratch_bf16_avx512bf16, attention: ck_attention_bf16_avx512bf16)

    /// The tile unit.
    static let amx = BFloat16Kernels(
      name: "amx", panelWidth: ck_bf16_panel_width(), rowBytes: ck_bf16_row_bytes, pair: ck_bf16_pair,
      round: ck_bf16_round, matmulPanels: ck_bf16_matmul_amx, attentionScratch: ck_attention_scratch_bf16_amx,
      attention: ck_attention_bf16_amx)
  #endif

  /// Those that this machine runs.
  public static let available: [BFloat16Kernels] = {
    #if arch(x86_64)
      (ck_has_avx512bf16() != 0 ? [avx512bf16] : []) + (ck_has_amx() != 0 ? [amx] : [])
    #else
      []
    #endif
  }()

  /// The fastest, where one is faster than float32.
  fileprivate static let best: BFloat16Kernels? = {
    #if arch(x86_64)
      available.last.flatMap { $0.name == "amx" || ck_has_avx512bf16() == 2 ? $0 : nil }
    #else
      nil
    #endif
  }()
}

extension KernelSet {
  /// The products of bfloat16 beside this tier, where there are faster ones than float32's.
  public var bfloat16: BFloat16Kernels? { name == "avx512" ? BFloat16Kernels.best : nil }
}

extension BFloat16Kernels {
  /// Bytes that the panels of an [n, k] matrix occupy.
  public func packedByteCount(n: Int, k: Int) -> Int {
    (n + panelWidth - 1) / panelWidth * panelWidth * rowBytes(k)
  }

  /// Rounds a matrix into panels, by way of those that `kernels`, of AVX-512, packs.
  public func pack(
    _ packed: UnsafeMutableRawPointer, _ source: UnsafePointer<Float>, n: Int, k: Int, columnStride: Int,
    depthStride: Int, kernels: KernelSet, pool: ThreadPool?
  ) {
    precondition(kernels.panelWidth == panelWidth)
    kernels.eachPanel(
      source, n: n, k: k, columnStride: columnStride, depthStride: depthStride, pool: pool
    ) { panel, numbers in
      pair(packed + panel * panelWidth * rowBytes(k), numbers, k)
    }
  }

  /// Bytes of scratch that a product of `rows` rows k deep needs: the rows.
  public func scratchByteCount(rows: Int, k: Int) -> Int { rows * rowBytes(k) }

  /// c[m, n] = epilogue(a[m, k] · b), the rows rounded to bfloat16: a row's result depends on that row alone.
  public func matmul(
    _ c: OutputRows, _ a: InputRows, rows m: Int, _ panels: UnsafeRawPointer, n: Int, k: Int,
    epilogue: Epilogue = Epilogue(), scratch: UnsafeMutableRawPointer, pool: ThreadPool? = nil
  ) {
    guard m > 0, n > 0 else { return }
    let bytes = rowBytes(k)
    let split = MatMulSplit(
      rows: m, panels: (n + panelWidth - 1) / panelWidth, work: m * n * k / Self.speedUp, threads: pool?.count ?? 1,
      rowBytes: bytes)
    func roundRows(_ rows: Range<Int>) {
      round(
        scratch + rows.lowerBound * bytes, a.pointer + rows.lowerBound * a.stride, a.stride, rows.count, k)
    }
    split.run(pool, preparing: roundRows) { rows, range in
      withUnsafePointer(to: epilogue.block(row: rows.lowerBound)) { block in
        matmulPanels(
          c.pointer + rows.lowerBound * c.stride, c.stride, scratch + rows.lowerBound * bytes, panels,
          range.lowerBound, range.upperBound, rows.count, n, k, epilogue.isEmpty ? nil : block)
      }
    }
  }

  /// How much more such a product does in the time of a float32 one, about.
  private static let speedUp = 4
}
