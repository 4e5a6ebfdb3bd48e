import CZstd
import Tensors

/// Decodes the frames of one tensor.
struct FrameDecoder {
  let path: String
  let tensor: StoredTensor
  /// For one thread.
  let context: ZstdContext

  /// `target` has exactly the size that the manifest declares.
  func decode(
    _ source: UnsafeRawBufferPointer, at position: Int, into target: UnsafeMutableRawBufferPointer
  ) throws(DeltaError) {
    do throws(Malformed) {
      if tensor.planesHaveFrames {
        try decodePlanes(source, into: target)
      } else if tensor.layout == .elements {
        try decompress(source, isChecked: true, into: target)
      } else {
        let content = context.scratch(target.count)
        try decompress(source, isChecked: true, into: content)
        tensor.layout.undo(UnsafeRawBufferPointer(content), into: target, width: tensor.type.size)
      }
    } catch {
      throw .frameMalformed(path: path, tensor: tensor.name, frame: position, reason: error.reason)
    }
  }

  private struct Malformed: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
  }

  /// Joins planes that have each a frame, one after the other.
  private func decodePlanes(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(Malformed) {
    let width = tensor.type.size
    let size = target.count / width
    let scratch = context.scratch(target.count)
    var rest = UnsafeRawBufferPointer(rebasing: source[...])
    var planes: [StoredPlane] = []
    for plane in 0..<width {
      let length = ZSTD_findFrameCompressedSize(rest.baseAddress, rest.count)
      guard ZSTD_isError(length) == 0, length <= rest.count else { throw Malformed("plane \(plane) is no zstd frame") }
      let frame = UnsafeRawBufferPointer(rebasing: rest.prefix(length))
      if let stored = StoredPlane(in: frame, count: size) {
        planes.append(stored)
      } else {
        let decoded = UnsafeMutableRawBufferPointer(rebasing: scratch[plane * size..<(plane + 1) * size])
        try decompress(frame, isChecked: false, into: decoded)
        planes.append(StoredPlane(UnsafeRawBufferPointer(decoded)))
      }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(length))
    }
    guard rest.isEmpty else { throw Malformed("\(rest.count) bytes follow its planes") }
    for start in stride(from: 0, to: size, by: StoredPlane.run) {
      let count = min(StoredPlane.run, size - start)
      tensor.layout.join(
        planes.map { $0.bytes(from: start) },
        into: UnsafeMutableRawBufferPointer(rebasing: target[start * width..<(start + count) * width]), count: count)
    }
  }

  /// Fills `target` exactly with what one frame holds, which states a checksum of it where `isChecked`.
  private func decompress(
    _ source: UnsafeRawBufferPointer, isChecked: Bool, into target: UnsafeMutableRawBufferPointer
  ) throws(Malformed) {
    // A standard frame: magic, then a descriptor whose bit 2 promises a checksum of the content.
    guard source.count > 5, source.starts(with: [0x28, 0xB5, 0x2F, 0xFD]), !isChecked || source[4] & 4 != 0 else {
      throw Malformed("it is no zstd frame" + (isChecked ? " with a checksum" : ""))
    }
    // Without the single-segment bit a window descriptor follows, whose upper five bits are log2(size) - 10.
    guard source[4] & 0x20 != 0 || source[5] >> 3 <= 13 else { throw Malformed("its window exceeds 16 MiB") }
    guard ZSTD_findFrameCompressedSize(source.baseAddress, source.count) == source.count else {
      throw Malformed("it does not end where the manifest says")
    }
    guard ZSTD_getFrameContentSize(source.baseAddress, source.count) == UInt64(target.count) else {
      throw Malformed("its content has another size than the manifest says")
    }
    let size = ZSTD_decompressDCtx(context.pointer, target.baseAddress, target.count, source.baseAddress, source.count)
    if ZSTD_isError(size) != 0 { throw Malformed(String(cString: ZSTD_getErrorName(size))) }
    guard size == target.count else { throw Malformed("\(size) bytes decoded, \(target.count) expected") }
  }
}
