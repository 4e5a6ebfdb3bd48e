public import Kernels
public import Tensors

/// An open delta. Opening checks the manifest; a tensor is checked when it is read.
public final class DeltaFile: Sendable {
  public let manifest: DeltaManifest
  public var path: String { file.path }
  private let file: MappedFile
  private let frames: FrameReader
  /// Where the last tensor frame ends.
  private let end: Int
  /// Valid, each by another key.
  let signatures: SignatureFrame

  /// The most bytes of tensors that a delta may declare, unless the caller says otherwise.
  public static let defaultSizeLimit = 1 << 33

  public convenience init(path: String) throws(DeltaError) {
    try self.init(path: path, sizeLimit: DeltaFile.defaultSizeLimit)
  }

  /// `sizeLimit` bounds the bytes of all tensors together, in the wider of their stored and original types.
  public init(path: String, sizeLimit: Int) throws(DeltaError) {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    let envelope = try Envelope(reading: .delta, from: file.bytes, path: path)
    let decoder = ManifestDecoder(
      path: path, available: file.bytes.count - envelope.framesStart, sizeLimit: sizeLimit)
    manifest = try envelope.withMessage(decoder.decode)
    end = envelope.framesStart + manifest.tensors.framesByteCount
    signatures = try DeltaFile.signatures(
      UnsafeRawBufferPointer(rebasing: file.bytes[end...]), of: manifest, path: path)
    self.file = file
    frames = FrameReader(file, framesStart: envelope.framesStart)
  }

  /// Those whose valid signatures the delta bears.
  public var signers: [VerificationKey] { signatures.entries.map(\.key) }

  /// All but the signatures.
  var unsignedBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: file.bytes[..<end]) }

  /// The file's.
  public var byteCount: Int { file.bytes.count }

  /// The file's.
  var digest: Digest { Digest(hashing: file.bytes) }

  func validateStillWhole() throws(FileError) { try file.validateStillWhole() }

  private static func signatures(
    _ bytes: UnsafeRawBufferPointer, of manifest: DeltaManifest, path: String
  ) throws(DeltaError) -> SignatureFrame {
    if bytes.isEmpty { return SignatureFrame() }
    guard let frame = SignatureFrame(bytes) else { throw .trailingBytes(path: path, count: bytes.count) }
    let message = manifest.signedMessage
    var signers: Set<VerificationKey> = []
    for entry in frame.entries {
      guard entry.key.isValid(entry.signature, for: message) else {
        throw .signatureInvalid(path: path, key: entry.key)
      }
      guard signers.insert(entry.key).inserted else { throw .signedTwice(path: path, key: entry.key) }
    }
    return frame
  }

  /// Whether these bytes begin as every delta does, or a patch of one, which opening tells apart.
  public static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
    Envelope.mark(of: bytes) != nil
  }

  /// The tensor in its original type.
  public func tensor(named name: String) throws(DeltaError) -> Tensor {
    try restored(entry(name))
  }

  /// The tensor in the type in which the file holds it.
  public func storedTensor(named name: String) throws(DeltaError) -> Tensor {
    try frames.read(entry(name))
  }

  /// Every tensor in its original type, by name; decoded by all threads of `pool`.
  public func tensors(pool: ThreadPool = ThreadPool()) throws(DeltaError) -> [String: Tensor] {
    let stored = manifest.tensors
    let read = try pool.map(stored.count) { (index) throws(DeltaError) in
      try self.restored(stored[index])
    }
    return Dictionary(uniqueKeysWithValues: zip(stored.map(\.name), read))
  }

  /// Decodes every tensor and compares every digest.
  public func verify(pool: ThreadPool = ThreadPool()) throws(DeltaError) {
    let stored = manifest.tensors
    _ = try pool.map(stored.count) { (index) throws(DeltaError) in
      _ = try frames.read(stored[index])
      try frames.verify(stored[index])
    }
  }

  private func restored(_ stored: StoredTensor) throws(DeltaError) -> Tensor {
    RoundedTensor.restored(try frames.read(stored), scales: stored.scales, type: stored.originalType)
  }

  private func entry(_ name: String) throws(DeltaError) -> StoredTensor {
    guard let entry = manifest.tensors.first(where: { $0.name == name }) else {
      throw .noSuchTensor(path: path, name: name)
    }
    return entry
  }
}
