import CZstd
public import Tensors

/// Writes deltas. The same input gives the same bytes under the same libzstd.
public struct DeltaWriter {
  public static let levels = 1...19

  /// Writes `tensors`, in the order of their names, and returns the manifest with their places filled in.
  ///
  /// Floating-point tensors are stored as `type` where one is given, others as they are. The file appears
  /// whole or not at all.
  @discardableResult
  public static func write(
    to path: String, manifest: DeltaManifest, tensors: [(String, Tensor)],
    type: ElementType? = nil, level: Int = 3
  ) throws(DeltaError) -> DeltaManifest {
    guard levels.contains(level) else { throw .levelOutOfRange(level) }
    if let type, !type.isFloatingPoint { throw .typeNotFloatingPoint(type) }
    let tensors = tensors.sorted { $0.0 < $1.0 }
    try validate(names: tensors.map(\.0), path: path)
    try validate(names: manifest.baseTensors.map(\.name), path: path)
    try validate(names: manifest.dropped, path: path)
    try validate(texts: [manifest.producer, manifest.method, manifest.configuration] + manifest.labels, path: path)

    var manifest = manifest
    manifest.formatVersion = DeltaManifest.currentVersion
    manifest.tensors = []
    var frames: [[UInt8]] = []
    var end = 0
    for (name, tensor) in tensors {
      let stored = tensor.converted(to: tensor.type.isFloatingPoint ? type ?? tensor.type : tensor.type)
      let compressed = try compress(stored, name: name, level: level)
      do { try tensor.storage.validateStillWhole() } catch { throw .file(error) }
      var places: [StoredFrame] = []
      for (position, frame) in compressed.enumerated() {
        let size = min(StoredFrame.contentLimit, stored.byteCount - position * StoredFrame.contentLimit)
        let digest = frame.withUnsafeBytes { Digest(hashing: $0) }
        places.append(StoredFrame(offset: end, compressedSize: frame.count, size: size, digest: digest))
        end += frame.count
      }
      frames += compressed
      manifest.tensors.append(
        StoredTensor(
          name: name, type: stored.type, originalType: tensor.type, shape: stored.shape,
          digest: Digest(of: stored), bytePlanes: stored.type.size > 1, frames: places))
    }
    let message = manifest.encoded()
    guard message.count <= DeltaContainer.manifestLimit else {
      throw .manifestTooLarge(path: path, size: message.count, limit: DeltaContainer.manifestLimit)
    }
    do {
      let file = try OutputFile(path: path)
      try file.write(DeltaContainer.header(manifestSize: message.count))
      try file.write(message.withUnsafeBytes { Digest(hashing: $0) }.bytes)
      try file.write(message)
      for frame in frames { try file.write(frame) }
      try file.commit()
    } catch { throw .file(error) }
    return manifest
  }

  /// Names must be such that the reader accepts them.
  private static func validate(names: [String], path: String) throws(DeltaError) {
    try validate(texts: names, path: path)
    for (position, name) in names.enumerated() {
      if name.isEmpty { throw .invalidField(path: path, field: "tensor name", found: "an empty name") }
      if position > 0, !(names[position - 1] < name) { throw .namesNotAscending(path: path, name: name) }
    }
  }

  /// The manifest's strings end at their first NUL.
  private static func validate(texts: [String], path: String) throws(DeltaError) {
    for text in texts where text.utf8.contains(0) {
      throw .invalidField(path: path, field: "text", found: "a NUL character in '\(text)'")
    }
  }

  /// One frame for every `StoredFrame.contentLimit` bytes.
  private static func compress(_ tensor: Tensor, name: String, level: Int) throws(DeltaError) -> [[UInt8]] {
    guard let context = ZSTD_createCCtx() else {
      throw .compressionFailed(tensor: name, reason: "no memory for libzstd")
    }
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    let width = tensor.type.size
    return try tensor.withBytes { (bytes: UnsafeRawBufferPointer) throws(DeltaError) in
      var frames: [[UInt8]] = []
      for lower in stride(from: 0, to: bytes.count, by: StoredFrame.contentLimit) {
        let upper = min(lower + StoredFrame.contentLimit, bytes.count)
        let chunk = UnsafeRawBufferPointer(rebasing: bytes[lower..<upper])
        let content = [UInt8](unsafeUninitializedCapacity: chunk.count) { buffer, count in
          BytePlanes.split(chunk, into: UnsafeMutableRawBufferPointer(buffer), width: width)
          count = chunk.count
        }
        var size = 0
        let frame = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(chunk.count)) { buffer, count in
          size = ZSTD_compress2(context, buffer.baseAddress, buffer.count, content, content.count)
          count = ZSTD_isError(size) == 0 ? size : 0
        }
        guard ZSTD_isError(size) == 0 else {
          throw .compressionFailed(tensor: name, reason: String(cString: ZSTD_getErrorName(size)))
        }
        frames.append(frame)
      }
      return frames
    }
  }
}
