public import Tensors

/// Why a delta cannot be read or written.
public enum DeltaError: Error, Hashable, Sendable {
  case file(FileError)
  case emptyFile(path: String)
  case gitLFSPointer(path: String)
  case markup(path: String)
  case safetensors(path: String)
  case notADelta(path: String)
  case notAPatch(path: String)
  /// A patch where a delta is expected, and the other way round.
  case isAPatch(path: String)
  case isADelta(path: String)
  /// The delta is not the one that the patch was made from.
  case patchOfAnother(path: String, delta: String)
  case truncated(path: String, expected: Int, found: Int)
  case manifestTooLarge(path: String, size: Int, limit: Int)
  case manifestDigestDiffers(path: String)
  case manifestMalformed(path: String, reason: String)
  case manifestUnreadable(path: String)
  case unsupportedVersion(path: String, found: UInt32, supported: Int)
  case invalidField(path: String, field: String, found: String)
  case namesNotAscending(path: String, name: String)
  case framesDoNotFill(path: String, tensor: String, expected: Int, found: String)
  case frameMisplaced(path: String, tensor: String, expected: Int, found: UInt64)
  case trailingBytes(path: String, count: Int)
  /// What the manifest says is not what the key's owner signed.
  case signatureInvalid(path: String, key: VerificationKey)
  case signedTwice(path: String, key: VerificationKey)
  case tooLarge(path: String, limit: Int)
  case noSuchTensor(path: String, name: String)
  case frameDigestDiffers(path: String, tensor: String, frame: Int)
  case frameMalformed(path: String, tensor: String, frame: Int, reason: String)
  case tensorDigestDiffers(path: String, tensor: String)
  case levelOutOfRange(Int)
  case cannotStore(as: ElementType)
  case manifestNotCompressed(reason: String)
  case compressionFailed(tensor: String, reason: String)
}

extension DeltaError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .emptyFile(let path): "\(path): the file is empty"
    case .gitLFSPointer(let path):
      "\(path): this is a Git LFS pointer, not the delta itself; run `git lfs pull`"
    case .markup(let path): "\(path): this is an HTML or XML page, not a delta; check the download address"
    case .safetensors(let path): "\(path): this is a safetensors file, not a delta"
    case .notADelta(let path): "\(path): not an adapter delta: it does not begin with a delta's manifest"
    case .notAPatch(let path): "\(path): not a delta's patch: it does not begin with a patch's manifest"
    case .isAPatch(let path):
      "\(path): this is a patch, not a delta; `adaroute delta patch` makes a delta of it and the earlier one"
    case .isADelta(let path): "\(path): this is a delta, not a patch"
    case .patchOfAnother(let path, let delta): "\(path): made from another delta than \(delta)"
    case .truncated(let path, let expected, let found):
      "\(path): the file is cut short: \(expected) bytes expected, \(found) found"
    case .manifestTooLarge(let path, let size, let limit):
      "\(path): the manifest has \(size) bytes, more than the limit of \(limit)"
    case .manifestDigestDiffers(let path): "\(path): the manifest is damaged: its SHA-256 differs"
    case .manifestMalformed(let path, let reason): "\(path): the manifest cannot be decompressed: \(reason)"
    case .manifestUnreadable(let path): "\(path): the manifest is no message of schemas/delta.proto"
    case .unsupportedVersion(let path, let found, let supported):
      "\(path): format version \(found) is not supported; this program reads up to \(supported)"
    case .invalidField(let path, let field, let found): "\(path): \(field) is invalid: \(found)"
    case .namesNotAscending(let path, let name):
      "\(path): tensor names must ascend and differ, which '\(name)' does not"
    case .framesDoNotFill(let path, let tensor, let expected, let found):
      "\(path): tensor '\(tensor)' has \(expected) bytes, but its frames declare \(found)"
    case .frameMisplaced(let path, let tensor, let expected, let found):
      "\(path): a frame of tensor '\(tensor)' must lie at offset \(expected), but is declared at \(found)"
    case .trailingBytes(let path, let count):
      "\(path): \(count) bytes after the last frame belong to no tensor and are no signatures"
    case .signatureInvalid(let path, let key): "\(path): the signature by the key \(key) is not valid"
    case .signedTwice(let path, let key): "\(path): the key \(key) signed more than once"
    case .tooLarge(let path, let limit): "\(path): the tensors take more than the limit of \(limit) bytes"
    case .noSuchTensor(let path, let name): "\(path): the delta has no tensor '\(name)'"
    case .frameDigestDiffers(let path, let tensor, let frame):
      "\(path): frame \(frame) of tensor '\(tensor)' is damaged: its SHA-256 differs"
    case .frameMalformed(let path, let tensor, let frame, let reason):
      "\(path): frame \(frame) of tensor '\(tensor)' cannot be decoded: \(reason)"
    case .tensorDigestDiffers(let path, let tensor):
      "\(path): tensor '\(tensor)' is damaged: its SHA-256 differs"
    case .levelOutOfRange(let level): "compression level \(level) is outside 1...19"
    case .cannotStore(let type): "tensors can be stored as f64, f32, f16, bf16 or i8, not as \(type)"
    case .manifestNotCompressed(let reason): "the manifest cannot be compressed: \(reason)"
    case .compressionFailed(let tensor, let reason): "tensor '\(tensor)' cannot be compressed: \(reason)"
    }
  }
}
