import CZstd

/// An envelope's message as one zstd frame: names, types and shapes repeat, digests do not.
enum PackedMessage {
  /// The most bytes that each byte of a frame may stand for. A tensor's digest alone keeps real messages below 10.
  static let ratioLimit = 32
  private static let level: Int32 = 9

  /// Nil for a message that repeats itself so much that no reader would take its frame.
  static func pack(_ message: [UInt8]) throws(DeltaError) -> [UInt8]? {
    var failure: String?
    let frame = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(message.count)) { buffer, count in
      let size = ZSTD_compress(buffer.baseAddress, buffer.count, message, message.count, level)
      if ZSTD_isError(size) != 0 { failure = String(cString: ZSTD_getErrorName(size)) } else { count = size }
    }
    if let failure { throw .manifestNotCompressed(reason: failure) }
    return message.count <= frame.count * ratioLimit ? frame : nil
  }

  /// Decodes a stranger's frame; what it states is compared with the limits before memory is taken.
  static func unpack(_ frame: UnsafeRawBufferPointer, limit: Int, path: String) throws(DeltaError) -> [UInt8] {
    guard let packed = ZstdFrame(frame) else {
      throw .manifestMalformed(path: path, reason: "it is not one zstd frame")
    }
    guard let size = packed.contentSize else {
      throw .manifestMalformed(path: path, reason: "its frame does not state its size")
    }
    guard size <= limit, size <= frame.count * ratioLimit else {
      throw .manifestTooLarge(path: path, size: size, limit: min(limit, frame.count * ratioLimit))
    }
    var failure: String?
    let message = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      let decoded = ZSTD_decompress(buffer.baseAddress, buffer.count, frame.baseAddress, frame.count)
      if ZSTD_isError(decoded) != 0 {
        failure = String(cString: ZSTD_getErrorName(decoded))
      } else if decoded != size {
        failure = "\(decoded) bytes decoded, \(size) expected"
      } else {
        count = size
      }
    }
    if let failure { throw .manifestMalformed(path: path, reason: failure) }
    return message
  }
}
