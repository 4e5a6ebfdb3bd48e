import CZstd
import Tensors

/// Compresses the frames of tensors. The same bytes give the same frame, whoever compresses it.
struct FrameEncoder {
  /// A layout, and how hard zstd looks at each part of it.
  struct Choice: Hashable {
    let layout: ElementLayout
    let searches: [Search]
  }

  enum Search: Hashable {
    /// For what does not become smaller: copied, nearly.
    case none
    /// Entropy coding alone, nearly: what repeats in trained weights repeats by chance, and coding those matches costs
    /// more than it saves.
    case entropy
    /// The matches of a compression level.
    case level(Int)
  }

  private let context: ZstdContext
  private let name: String

  /// `context` serves nobody else meanwhile.
  init(_ context: ZstdContext, tensor name: String) {
    self.context = context
    self.name = name
  }

  /// `bytes`, whole elements of `width` bytes, in another order; valid until the next call.
  func laidOut(_ bytes: UnsafeRawBufferPointer, _ layout: ElementLayout, width: Int) -> UnsafeRawBufferPointer {
    let content = context.scratch(bytes.count)
    layout.apply(bytes, into: content, width: width)
    return UnsafeRawBufferPointer(content)
  }

  /// What holds `bytes`, whole elements of `width` bytes: one zstd frame for each part of the layout.
  func compress(_ bytes: UnsafeRawBufferPointer, _ choice: Choice, width: Int) throws(DeltaError) -> [UInt8] {
    let content = laidOut(bytes, choice.layout, width: width)
    let size = bytes.count / choice.searches.count
    return try frames(boundedBy: choice.searches.count * ZSTD_compressBound(size)) { (target) throws(DeltaError) in
      var filled = 0
      for (part, search) in choice.searches.enumerated() {
        let own = UnsafeRawBufferPointer(rebasing: content[part * size..<(part + 1) * size])
        let rest = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
        // The sample cannot have seen everything of a large tensor.
        let isMissed = search == .none && !FrameEncoder.hasEvenPieces(own)
        filled += try compress(own, isMissed ? .entropy : search, of: choice.layout, into: rest)
      }
      return filled
    }
  }

  /// One zstd frame of one part of a layout.
  func compress(
    _ part: UnsafeRawBufferPointer, _ search: Search, of layout: ElementLayout
  ) throws(DeltaError) -> [UInt8] {
    try frames(boundedBy: ZSTD_compressBound(part.count)) { (target) throws(DeltaError) in
      try compress(part, search, of: layout, into: target)
    }
  }

  /// The bytes that `fill` writes; it returns how many.
  private func frames(
    boundedBy bound: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(DeltaError) -> Int
  ) throws(DeltaError) -> [UInt8] {
    var failure: DeltaError?
    let frames = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      do throws(DeltaError) { count = try fill(UnsafeMutableRawBufferPointer(buffer)) } catch { failure = error }
    }
    if let failure { throw failure }
    return frames
  }

  /// The size of the frame.
  private func compress(
    _ part: UnsafeRawBufferPointer, _ search: Search, of layout: ElementLayout,
    into target: UnsafeMutableRawBufferPointer
  ) throws(DeltaError) -> Int {
    configure(search)
    // The digests tell what is damaged; readers of the first versions know no other frames than these with a checksum.
    ZSTD_CCtx_setParameter(context.pointer, ZSTD_c_checksumFlag, layout == .elements ? 1 : 0)
    let size = ZSTD_compress2(context.pointer, target.baseAddress, target.count, part.baseAddress, part.count)
    guard ZSTD_isError(size) == 0 else {
      throw .compressionFailed(tensor: name, reason: String(cString: ZSTD_getErrorName(size)))
    }
    return size
  }

  private func configure(_ search: Search) {
    let context = context.pointer
    ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)
    switch search {
    case .level(let level): ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
    case .none:
      ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZSTD_minCLevel())
      // Frames of one segment, as `StoredPlane` reads them where they lie.
      ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, FrameEncoder.contentLog)
    case .entropy:
      ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1)
      ZSTD_CCtx_setParameter(context, ZSTD_c_strategy, Int32(ZSTD_fast.rawValue))
      // The longest matches only, looked for in a table so small that few are found.
      ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, 7)
      ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, 6)
      ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 17)
      // Any other value makes this strategy store literals as they are.
      ZSTD_CCtx_setParameter(context, ZSTD_c_targetLength, 0)
    }
  }

  private static let contentLog = Int32(StoredFrame.contentLimit.trailingZeroBitCount)
}
