public import Delta

/// Whose signatures a delta bears.
public struct SignatureReport: Codable, Hashable, Sendable {
  public let delta: String
  /// Public keys in hexadecimal.
  public let signers: [String]

  public init(_ delta: DeltaFile) {
    self.delta = delta.path
    signers = delta.signers.map(\.description)
  }

  public var json: String { jsonText }

  public var text: String { "\(delta): signed by \(signers.joined(separator: ", "))" }
}

/// Keys that were made.
public struct KeyReport: Codable, Hashable, Sendable {
  /// In hexadecimal.
  public let key: String
  public let privateKey: String
  public let publicKey: String

  public init(_ key: VerificationKey, privateKey: String, publicKey: String) {
    self.key = key.description
    self.privateKey = privateKey
    self.publicKey = publicKey
  }

  public var json: String { jsonText }

  public var text: String {
    """
    \(privateKey): a private key; keep it to yourself
    \(publicKey): its public key \(key)
    """
  }
}
