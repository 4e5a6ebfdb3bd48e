import Crypto
import Tensors

/// The public half of an Ed25519 key pair: who holds it can tell that a delta was signed with the other half.
public struct VerificationKey: Hashable, Sendable {
  /// 32 bytes.
  public let bytes: [UInt8]

  static let size = 32
  /// Before the key in a SubjectPublicKeyInfo of Ed25519 (RFC 8410): with it, other tools read and write the files.
  private static let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
  private static let label = "PUBLIC KEY"

  init(bytes: [UInt8]) { self.bytes = bytes }

  public var pem: String { PEM.text(VerificationKey.label, VerificationKey.prefix + bytes) }

  /// Every key of a PEM file, one at least.
  public static func read(_ path: String) throws(SigningError) -> [VerificationKey] {
    func refused(_ found: String) -> SigningError {
      .notAKey(path: path, expected: "public Ed25519 keys in PEM", found: found)
    }
    guard let text = try PEM.read(path), let blocks = PEM.blocks(label, in: text) else { throw refused("no PEM text") }
    guard !blocks.contents.isEmpty else {
      throw refused(blocks.others.first.map { "a block \(printable($0))" } ?? "no key")
    }
    var keys: [VerificationKey] = []
    for content in blocks.contents {
      guard content.starts(with: prefix), content.count == prefix.count + size else {
        throw refused("a key of another kind")
      }
      keys.append(VerificationKey(bytes: Array(content.dropFirst(prefix.count))))
    }
    return keys
  }

  func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
    return key.isValidSignature(signature, for: message)
  }
}

extension VerificationKey: CustomStringConvertible {
  /// The key's bytes in lower-case hexadecimal.
  public var description: String { hexadecimal(bytes) }
}
