public import Tensors

/// Why a delta cannot be signed, or is not trusted.
public enum SigningError: Error, Hashable, Sendable {
  case file(FileError)
  /// A key file that is no Ed25519 key in PEM of the kind that is wanted.
  case notAKey(path: String, expected: String, found: String)
  /// The delta bears this key's signature already.
  case alreadySigned(path: String, key: VerificationKey)
  case tooManySignatures(path: String, limit: Int)
  /// The delta bears no signature, but the policy asks for one.
  case unsigned(path: String)
  /// The delta's signatures are others' than those trusted.
  case notTrusted(path: String, signers: [VerificationKey])
}

extension SigningError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .notAKey(let path, let expected, let found): "\(path): \(expected) expected, \(found) found"
    case .alreadySigned(let path, let key): "\(path): signed with the key \(key) already"
    case .tooManySignatures(let path, let limit): "\(path): a delta bears at most \(limit) signatures"
    case .unsigned(let path): "\(path): the delta is not signed, but a signature by a trusted key is asked for"
    case .notTrusted(let path, let signers):
      "\(path): signed by \(signers.map(\.description).joined(separator: ", ")), which is not among the trusted keys"
    }
  }
}
