import CZstd
import Tensors

/// Compresses the frames of tensors. The same bytes give the same frame, whoever compresses it.
struct FrameEncoder {
  /// A layout and how hard zstd looks.
  struct Choice: Hashable {
    let layout: ElementLayout
    let search: Search
  }

  enum Search: Hashable {
    /// Entropy coding alone, nearly: what repeats in trained weights repeats by chance, and coding those matches costs
    /// more than it saves.
    case entropy
    /// The matches of a compression level.
    case level(Int)
  }

  /// How many bytes of a tensor are compressed in every way to find the best one.
  private static let sampleLimit = 1 << 16

  private let context: OpaquePointer
  private let name: String

  /// Owns nothing: `context` outlives it.
  init(_ context: OpaquePointer, tensor name: String) {
    self.context = context
    self.name = name
  }

  /// A choice, and the frame that it made of the tensor's first bytes.
  struct Trial {
    let choice: Choice
    let frame: [UInt8]
  }

  /// What makes the tensor's first bytes smallest, the earliest of equals.
  ///
  /// Where those bytes are numbers of which only the exponents can be told, as the weights of trained layers are, nothing
  /// else is tried than what serves these best.
  func trial(for tensor: Tensor, level: Int) throws(DeltaError) -> Trial {
    let width = tensor.type.size
    return try tensor.withBytes { (bytes: UnsafeRawBufferPointer) throws(DeltaError) in
      let sample = UnsafeRawBufferPointer(rebasing: bytes.prefix(FrameEncoder.sampleSize(width: width)))
      let choices = ElementLayout.candidates(for: tensor.type).flatMap { layout in
        [Search.entropy, .level(level)].map { Choice(layout: layout, search: $0) }
      }
      var best = try trial(choices[0], of: sample, width: width)
      if choices[0].layout == .rotatedPlanes, try isNoise(best, of: sample, width: width, level: level) { return best }
      for choice in choices.dropFirst() {
        let next = try trial(choice, of: sample, width: width)
        if next.frame.count < best.frame.count { best = next }
      }
      return best
    }
  }

  static func sampleSize(width: Int) -> Int { sampleLimit / width * width }

  private func trial(_ choice: Choice, of sample: UnsafeRawBufferPointer, width: Int) throws(DeltaError) -> Trial {
    Trial(choice: choice, frame: try compress(sample, choice, width: width))
  }

  /// Whether a byte of each element at most was saved, and the elements' lowest bytes do not repeat either.
  private func isNoise(
    _ trial: Trial, of sample: UnsafeRawBufferPointer, width: Int, level: Int
  ) throws(DeltaError) -> Bool {
    guard trial.frame.count >= sample.count / width * (width - 1) else { return false }
    let lowest = [UInt8](stride(from: 0, to: sample.count, by: width).lazy.map { sample[$0] })
    let plain = Choice(layout: .elements, search: .level(level))
    let frame = try lowest.withUnsafeBytes { bytes in
      Result { () throws(DeltaError) in try compress(bytes, plain, width: 1) }
    }.get()
    return frame.count >= lowest.count
  }

  /// One frame that holds `bytes`, whole elements of `width` bytes.
  func compress(_ bytes: UnsafeRawBufferPointer, _ choice: Choice, width: Int) throws(DeltaError) -> [UInt8] {
    configure(choice.search)
    let content = [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
      choice.layout.apply(bytes, into: UnsafeMutableRawBufferPointer(buffer), width: width)
      count = bytes.count
    }
    var failure: String?
    let planes = choice.layout == .elements ? 1 : width
    let frame = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count) + 64 * planes) { buffer, count in
      content.withUnsafeBytes { content in
        failure = fill(UnsafeMutableRawBufferPointer(buffer), &count, from: content, parts: planes)
      }
    }
    if let failure { throw .compressionFailed(tensor: name, reason: failure) }
    return frame
  }

  /// Compresses `content` into one frame whose blocks end where its equal parts end, so that each part is coded by its
  /// own statistics. Returns what went wrong.
  private func fill(
    _ target: UnsafeMutableRawBufferPointer, _ count: inout Int, from content: UnsafeRawBufferPointer, parts: Int
  ) -> String? {
    ZSTD_CCtx_setPledgedSrcSize(context, UInt64(content.count))
    var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
    for part in 1...parts {
      let start = content.count / parts * (part - 1)
      let size = part == parts ? content.count - start : content.count / parts
      var input = ZSTD_inBuffer(src: content.baseAddress.map { $0 + start }, size: size, pos: 0)
      let left = ZSTD_compressStream2(context, &output, &input, part == parts ? ZSTD_e_end : ZSTD_e_flush)
      if ZSTD_isError(left) != 0 { return String(cString: ZSTD_getErrorName(left)) }
      guard left == 0 else { return "the frame takes more room than its bound" }
    }
    count = output.pos
    return nil
  }

  private func configure(_ search: Search) {
    ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    switch search {
    case .level(let level): ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
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
}
