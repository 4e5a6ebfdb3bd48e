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
      } else {
        guard let frame = ZstdFrame(source), frame.hasChecksum else {
          throw Malformed("it is not one zstd frame with a checksum")
        }
        guard tensor.layout != .elements else { return try decompress(frame, into: target) }
        let content = context.scratch(target.count)
        try decompress(frame, into: content)
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
    var frames: [ZstdFrame] = []
    var rest = UnsafeRawBufferPointer(rebasing: source[...])
    for plane in 0..<width {
      guard let frame = ZstdFrame(startOf: rest) else { throw Malformed("plane \(plane) is no zstd frame") }
      frames.append(frame)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(frame.bytes.count))
    }
    guard rest.isEmpty else { throw Malformed("\(rest.count) bytes follow its planes") }
    var planes = frames.map { StoredPlane(in: $0, count: size) }
    let scratch = context.scratch(planes.count { $0 == nil } * size)
    var decoded = 0
    for (plane, frame) in frames.enumerated() where planes[plane] == nil {
      let target = UnsafeMutableRawBufferPointer(rebasing: scratch[decoded..<decoded + size])
      try decompress(frame, into: target)
      planes[plane] = StoredPlane(UnsafeRawBufferPointer(target))
      decoded += size
    }
    for start in stride(from: 0, to: size, by: StoredPlane.run) {
      let count = min(StoredPlane.run, size - start)
      tensor.layout.join(
        planes.map { $0?.bytes(from: start) },
        into: UnsafeMutableRawBufferPointer(rebasing: target[start * width..<(start + count) * width]), count: count)
    }
  }

  /// Fills `target` exactly with what a frame holds.
  private func decompress(_ frame: ZstdFrame, into target: UnsafeMutableRawBufferPointer) throws(Malformed) {
    guard !frame.hasWideWindow else { throw Malformed("a window exceeds 16 MiB") }
    guard frame.contentSize == target.count else {
      throw Malformed("a zstd frame's content is not stated to be \(target.count) bytes")
    }
    let source = frame.bytes
    let size = ZSTD_decompressDCtx(context.pointer, target.baseAddress, target.count, source.baseAddress, source.count)
    if ZSTD_isError(size) != 0 { throw Malformed(String(cString: ZSTD_getErrorName(size))) }
    guard size == target.count else { throw Malformed("\(size) bytes decoded, \(target.count) expected") }
  }
}
