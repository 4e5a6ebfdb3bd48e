public import Delta

/// What a patch changes, and what came of applying it.
public struct PatchReport: Codable, Hashable, Sendable {
  public let patch: String
  /// The later delta.
  public let delta: String
  public let tensors: Int
  /// Those that are not the earlier delta's.
  public let changedTensors: Int
  public let patchBytes: Int
  public let deltaBytes: Int
  /// Whether the later delta that was made is the very file that the patch was made of; nil where none was made.
  public let isIdentical: Bool?

  public init(_ patch: DeltaPatch, delta: DeltaFile, isIdentical: Bool?) {
    self.patch = patch.path
    self.delta = delta.path
    tensors = delta.manifest.tensors.count
    changedTensors = patch.changes
    patchBytes = patch.byteCount
    deltaBytes = delta.byteCount
    self.isIdentical = isIdentical
  }

  public var json: String { jsonText }

  public var text: String {
    guard let isIdentical else {
      let share = Double(patchBytes) / Double(max(1, deltaBytes)) * 100
      return "\(patch): \(changedTensors) of \(tensors) tensors changed; \(patchBytes.grouped) bytes, "
        + "\(share.formatted(digits: 1)) % of \(delta)"
    }
    return "\(delta): \(changedTensors) of \(tensors) tensors changed; "
      + (isIdentical
        ? "the same file as the one that the patch was made of"
        : "the same delta as the one that the patch was made of, but compressed otherwise by another version")
  }
}
