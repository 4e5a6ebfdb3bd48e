public import Kernels
public import Tensors

/// Writes deltas. The same input gives the same bytes under the same libzstd, whatever the number of threads.
public struct DeltaWriter {
  public static let levels = 1...19

  /// Writes `tensors`, in the order of their names, and returns the manifest with their places filled in.
  ///
  /// Floating-point tensors are stored as `type` where one is given, as ``RoundedTensor`` says, others as they are. The
  /// file appears whole or not at all.
  @discardableResult
  public static func write(
    to path: String, manifest: DeltaManifest, tensors: [(String, Tensor)],
    type: ElementType? = nil, level: Int = 3, pool: ThreadPool = ThreadPool()
  ) throws(DeltaError) -> DeltaManifest {
    guard levels.contains(level) else { throw .levelOutOfRange(level) }
    if let type, !type.isFloatingPoint, type != .int8 { throw .cannotStore(as: type) }
    let tensors = tensors.sorted { $0.0 < $1.0 }
    try validate(names: tensors.map(\.0), path: path)
    try validate(names: manifest.baseTensors.map(\.name), path: path)
    try validate(names: manifest.dropped, path: path)
    try validate(texts: [manifest.producer, manifest.method, manifest.configuration] + manifest.labels, path: path)

    let encoded = try FrameEncoder.encode(tensors, type: type, level: level, pool: pool)
    for (_, tensor) in tensors {
      do { try tensor.storage.validateStillWhole() } catch { throw .file(error) }
    }
    var manifest = manifest
    manifest.level = level
    return try write(encoded, manifest: manifest, tail: [], to: path)
  }

  static func write(
    _ tensors: [EncodedTensor], manifest: DeltaManifest, tail: [UInt8], to path: String
  ) throws(DeltaError) -> DeltaManifest {
    var manifest = manifest
    manifest.tensors = tensors.placed()
    manifest.formatVersion = manifest.neededVersion
    try Envelope.write(
      .delta, message: manifest.encoded(), frames: tensors.flatMap(\.frames).map(\.bytes), tail: tail, to: path)
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
}
