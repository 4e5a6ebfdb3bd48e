public import Kernels
public import Tensors

/// An open delta. Opening checks the manifest; a tensor is checked when it is read.
public final class DeltaFile: Sendable {
  public let manifest: DeltaManifest
  public var path: String { file.path }
  private let file: MappedFile
  /// Where the first tensor frame begins.
  private let start: Int
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
    let container = try DeltaContainer(reading: file.bytes, path: path)
    let decoder = ManifestDecoder(
      path: path, available: file.bytes.count - container.framesStart, sizeLimit: sizeLimit)
    manifest = try decoder.decode(container.manifest)
    start = container.framesStart
    end = start + manifest.framesByteCount
    signatures = try DeltaFile.signatures(
      UnsafeRawBufferPointer(rebasing: file.bytes[end...]), of: manifest, path: path)
    self.file = file
  }

  /// Those whose valid signatures the delta bears.
  public var signers: [VerificationKey] { signatures.entries.map(\.key) }

  /// All but the signatures.
  var contentBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: file.bytes[..<end]) }

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

  /// Whether these bytes begin as every delta does.
  public static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 16 && bytes[8..<16].elementsEqual(DeltaContainer.signature)
  }

  /// The tensor in its original type.
  public func tensor(named name: String) throws(DeltaError) -> Tensor {
    let stored = try entry(name)
    return try read(stored).converted(to: stored.originalType)
  }

  /// The tensor in the type in which the file holds it.
  public func storedTensor(named name: String) throws(DeltaError) -> Tensor {
    try read(entry(name))
  }

  /// Every tensor in its original type, by name; decoded by all threads of `pool`.
  public func tensors(pool: ThreadPool = ThreadPool()) throws(DeltaError) -> [String: Tensor] {
    let stored = manifest.tensors
    let read = try pool.map(stored.count) { (index) throws(DeltaError) in
      try self.read(stored[index]).converted(to: stored[index].originalType)
    }
    return Dictionary(uniqueKeysWithValues: zip(stored.map(\.name), read))
  }

  /// Decodes every tensor and compares every digest.
  public func verify(pool: ThreadPool = ThreadPool()) throws(DeltaError) {
    let stored = manifest.tensors
    _ = try pool.map(stored.count) { (index) throws(DeltaError) in
      _ = try read(stored[index])
      try verifyFrames(stored[index])
    }
  }

  private func entry(_ name: String) throws(DeltaError) -> StoredTensor {
    guard let entry = manifest.tensors.first(where: { $0.name == name }) else {
      throw .noSuchTensor(path: path, name: name)
    }
    return entry
  }

  private func read(_ stored: StoredTensor) throws(DeltaError) -> Tensor {
    do { try file.validateStillWhole() } catch { throw .file(error) }
    let decoder = FrameDecoder(path: path, tensor: stored)
    var failure: DeltaError?
    let tensor = Tensor(type: stored.type, shape: stored.shape) { bytes in
      do throws(DeltaError) {
        var filled = 0
        for (position, frame) in stored.frames.enumerated() {
          let target = UnsafeMutableRawBufferPointer(rebasing: bytes[filled..<filled + frame.size])
          try decoder.decode(content(of: frame), at: position, into: target)
          filled += frame.size
        }
      } catch { failure = error }
    }
    do { try file.validateStillWhole() } catch { throw .file(error) }
    guard failure == nil, Digest(of: tensor) == stored.digest else {
      // The frames' digests tell which part of the file is damaged.
      try verifyFrames(stored)
      throw failure ?? .tensorDigestDiffers(path: path, tensor: stored.name)
    }
    return tensor
  }

  private func verifyFrames(_ stored: StoredTensor) throws(DeltaError) {
    for (position, frame) in stored.frames.enumerated() where Digest(hashing: content(of: frame)) != frame.digest {
      throw .frameDigestDiffers(path: path, tensor: stored.name, frame: position)
    }
  }

  private func content(of frame: StoredFrame) -> UnsafeRawBufferPointer {
    let lower = start + frame.offset
    return UnsafeRawBufferPointer(rebasing: file.bytes[lower..<lower + frame.compressedSize])
  }
}
