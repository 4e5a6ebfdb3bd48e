/// Whose deltas are taken.
public enum TrustPolicy: Hashable, Sendable {
  /// Signed or not. A signature that is there must still be valid.
  case anyone
  /// Deltas that one of these keys signed.
  case signedBy(Set<VerificationKey>)
}

extension DeltaFile {
  /// Throws where the policy does not let this delta be used.
  public func validate(_ policy: TrustPolicy) throws(SigningError) {
    guard case .signedBy(let keys) = policy else { return }
    guard !signers.isEmpty else { throw .unsigned(path: path) }
    guard signers.contains(where: keys.contains) else { throw .notTrusted(path: path, signers: signers) }
  }
}
