public import Delta

/// What `delta verify` found sound.
public struct VerificationReport: Codable, Hashable, Sendable {
  public let delta: String
  public let tensors: Int
  /// The base that the delta fits; nil where none was named.
  public let base: String?

  public init(delta: DeltaFile, base: String?) {
    self.delta = delta.path
    tensors = delta.manifest.tensors.count
    self.base = base
  }

  public var json: String { jsonText }

  public var text: String {
    "\(delta): \(tensors) tensors are whole" + (base.map { "; fits \($0)" } ?? "; no base given to compare with")
  }
}
