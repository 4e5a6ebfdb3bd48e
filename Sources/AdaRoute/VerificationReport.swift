public import Delta

/// What `delta verify` found sound.
public struct VerificationReport: Codable, Hashable, Sendable {
  public let delta: String
  public let tensors: Int
  /// The keys, in hexadecimal, of its valid signatures.
  public let signers: [String]
  /// The base that the delta fits; nil where none was named.
  public let base: String?

  public init(delta: DeltaFile, base: String?) {
    self.delta = delta.path
    tensors = delta.manifest.tensors.count
    signers = delta.signers.map(\.description)
    self.base = base
  }

  public var json: String { jsonText }

  public var text: String {
    "\(delta): \(tensors) tensors are whole" + (base.map { "; fits \($0)" } ?? "; no base given to compare with")
      + (signers.isEmpty ? "; not signed" : "; signed by \(signers.joined(separator: ", "))")
  }
}
