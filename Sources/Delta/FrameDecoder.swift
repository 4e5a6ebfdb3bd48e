import CZstd
import Tensors

/// Decodes the frames of one tensor.
struct FrameDecoder {
  let path: String
  let tensor: StoredTensor
  let contexts: ZstdContexts

  /// `target` has exactly the frame's declared size.
  func decode(
    _ source: UnsafeRawBufferPointer, at position: Int, into target: UnsafeMutableRawBufferPointer
  ) throws(DeltaError) {
    func malformed(_ reason: String) -> DeltaError {
      .frameMalformed(path: path, tensor: tensor.name, frame: position, reason: reason)
    }
    // A standard frame: magic, then a descriptor whose bit 2 promises a checksum of the content.
    guard source.count > 5, source.starts(with: [0x28, 0xB5, 0x2F, 0xFD]), source[4] & 4 != 0 else {
      throw malformed("it is no zstd frame with a checksum")
    }
    // Without the single-segment bit a window descriptor follows, whose upper five bits are log2(size) - 10.
    guard source[4] & 0x20 != 0 || source[5] >> 3 <= 13 else { throw malformed("its window exceeds 16 MiB") }
    guard ZSTD_findFrameCompressedSize(source.baseAddress, source.count) == source.count else {
      throw malformed("it does not end where the manifest says")
    }
    guard ZSTD_getFrameContentSize(source.baseAddress, source.count) == UInt64(target.count) else {
      throw malformed("its content has another size than the manifest says")
    }
    guard tensor.layout != .elements else {
      if let reason = decompress(source, into: target) { throw malformed(reason) }
      return
    }
    let planes = UnsafeMutableRawBufferPointer.allocate(byteCount: target.count, alignment: Storage.alignment)
    defer { planes.deallocate() }
    if let reason = decompress(source, into: planes) { throw malformed(reason) }
    tensor.layout.undo(UnsafeRawBufferPointer(planes), into: target, width: tensor.type.size)
  }

  /// Fills `target` exactly; what went wrong otherwise.
  private func decompress(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> String? {
    guard let context = contexts.take() else { return "no memory for libzstd" }
    defer { contexts.giveBack(context) }
    let size = ZSTD_decompressDCtx(context, target.baseAddress, target.count, source.baseAddress, source.count)
    if ZSTD_isError(size) != 0 { return String(cString: ZSTD_getErrorName(size)) }
    return size == target.count ? nil : "\(size) bytes decoded, \(target.count) expected"
  }
}
