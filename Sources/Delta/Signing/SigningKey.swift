import Crypto
import Foundation
import Tensors

/// An Ed25519 key pair, kept as a PKCS #8 file in PEM (RFC 8410).
public struct SigningKey: Sendable {
  private let key: Curve25519.Signing.PrivateKey

  private static let prefix: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  private static let label = "PRIVATE KEY"

  /// A new pair.
  public init() { key = Curve25519.Signing.PrivateKey() }

  /// The pair whose private half a file holds.
  public init(path: String) throws(SigningError) {
    func refused(_ found: String) -> SigningError {
      .notAKey(path: path, expected: "one private Ed25519 key in PEM", found: found)
    }
    guard let text = try PEM.read(path), let blocks = PEM.blocks(SigningKey.label, in: text) else {
      throw refused("no PEM text")
    }
    guard blocks.contents.count == 1 else {
      throw refused(
        blocks.contents.isEmpty
          ? blocks.others.first.map { "a block \(printable($0))" } ?? "no key" : "\(blocks.contents.count) keys")
    }
    let content = blocks.contents[0]
    guard content.starts(with: SigningKey.prefix), content.count == SigningKey.prefix.count + 32,
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: content.dropFirst(SigningKey.prefix.count))
    else { throw refused("a key of another kind") }
    self.key = key
  }

  public var verificationKey: VerificationKey { VerificationKey(bytes: [UInt8](key.publicKey.rawRepresentation)) }

  /// Writes the private half for its owner alone, and the public half to `publicPath`. Refuses to replace a file:
  /// a private key that is lost cannot be made again.
  public func write(to path: String, publicPath: String) throws(SigningError) {
    for path in [path, publicPath] where FileManager.default.fileExists(atPath: path) {
      throw .file(.cannotCreate(path: path, reason: "it exists; keys are not replaced"))
    }
    let content = SigningKey.prefix + [UInt8](key.rawRepresentation)
    do {
      let (file, other) = (try OutputFile(path: path, isPrivate: true), try OutputFile(path: publicPath))
      try file.write(Array(PEM.text(SigningKey.label, content).utf8))
      try other.write(Array(verificationKey.pem.utf8))
      // The public half can be made again of the private one.
      try file.commit()
      try other.commit()
    } catch { throw .file(error) }
  }

  func signature(for message: [UInt8]) throws -> [UInt8] { [UInt8](try key.signature(for: message)) }
}
