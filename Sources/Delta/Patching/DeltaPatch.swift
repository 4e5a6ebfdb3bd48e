public import Kernels
import Tensors

/// What turns one delta into a later one, bit for bit.
public final class DeltaPatch: Sendable {
  /// A tensor that is not the earlier delta's.
  struct Change {
    let stored: StoredTensor
    /// Whether the bits stored are the exclusive or of both tensors' bits.
    let isDifference: Bool
  }

  /// Version 2 added planes with frames of their own.
  public static let currentVersion = 2
  public static let supportedVersions = 1...2

  public var path: String { file.path }
  /// The file's.
  public var byteCount: Int { file.bytes.count }
  /// Tensors that are not the earlier delta's.
  public var changes: Int { message.changes.count }
  let message: PatchMessage
  private let file: MappedFile
  private let frames: FrameReader

  public init(path: String, sizeLimit: Int = DeltaFile.defaultSizeLimit) throws(DeltaError) {
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    let envelope = try Envelope(reading: .patch, from: file.bytes, path: path)
    let decoder = PatchDecoder(
      path: path, available: file.bytes.count - envelope.framesStart, sizeLimit: sizeLimit)
    message = try envelope.withMessage(decoder.decode)
    frames = FrameReader(file, framesStart: envelope.framesStart)
  }

  /// Writes the later delta, and returns whether it is the very file that the patch was made of: another version may
  /// have compressed the same tensors otherwise, which no signature minds.
  public func write(
    to output: String, from old: DeltaFile, pool: ThreadPool = ThreadPool()
  ) throws(DeltaError) -> Bool {
    guard old.contentDigest == message.old else { throw .patchOfAnother(path: path, delta: old.path) }
    let changes = Dictionary(uniqueKeysWithValues: message.changes.map { ($0.stored.name, $0) })
    let wanted = message.content.tensors
    let contexts = ZstdContexts(.compression)
    let encoded = try pool.map(wanted.count) { (index) throws(DeltaError) in
      let tensor = try self.tensor(wanted[index], changes[wanted[index].name], from: old)
      var encoded = try FrameEncoder.encode(tensor, name: wanted[index].name, level: message.level, contexts)
      encoded.originalType = wanted[index].originalType
      encoded.scales = wanted[index].scales
      encoded.largestError = wanted[index].largestError
      return encoded
    }
    do { try old.validateStillWhole() } catch { throw .file(error) }
    var manifest = message.content
    manifest.level = message.level
    _ = try DeltaWriter.write(encoded, manifest: manifest, tail: message.signatures, to: output)
    return try DeltaFile(path: output).digest == message.fileDigest
  }

  private func tensor(
    _ wanted: StoredTensor, _ change: Change?, from old: DeltaFile
  ) throws(DeltaError) -> Tensor {
    let differs = DeltaError.tensorDigestDiffers(path: path, tensor: wanted.name)
    let tensor: Tensor
    if let change {
      // Bits of a frame that make no difference to its content are a patch's as well.
      try frames.verify(change.stored)
      let stored = try frames.read(change.stored)
      if change.isDifference {
        let before = try old.storedTensor(named: wanted.name)
        guard (before.type, before.shape) == (stored.type, stored.shape) else { throw differs }
        tensor = stored.exclusiveOr(before)
      } else {
        tensor = stored
      }
    } else {
      tensor = try old.storedTensor(named: wanted.name)
    }
    guard (tensor.type, tensor.shape) == (wanted.type, wanted.shape), Digest(of: tensor) == wanted.digest else {
      throw differs
    }
    return tensor
  }
}

extension DeltaFile {
  /// Equal for deltas of the same content, however compressed and whoever signed them.
  var contentDigest: Digest { manifest.signedMessage.withUnsafeBytes { Digest(hashing: $0) } }
}

extension Tensor {
  /// Bit by bit, with a tensor of the same type and shape.
  func exclusiveOr(_ other: Tensor) -> Tensor {
    precondition(type == other.type && shape == other.shape)
    return Tensor(type: type, shape: shape) { target in
      withBytes { first in
        other.withBytes { second in
          for position in target.indices { target[position] = first[position] ^ second[position] }
        }
      }
    }
  }
}
