import Delta
import Foundation
import Tensors
import Testing

@Suite struct SigningTests {
  private let delta: Scratch
  private let keys = [SigningKey(), SigningKey()]

  init() throws {
    delta = try Scratch()
    try DeltaWriter.write(
      to: delta.path, manifest: sampleManifest, tensors: [("a", sample(.float32, [15], seed: 1))])
  }

  private func sign(_ key: SigningKey) throws { try DeltaFile(path: delta.path).write(to: delta.path, signedWith: key) }

  @Test func signersAreNamed() throws {
    let unsigned = try delta.bytes()
    #expect(try DeltaFile(path: delta.path).signers.isEmpty)
    for key in keys { try sign(key) }
    let file = try DeltaFile(path: delta.path)
    try file.verify()
    #expect(file.signers == keys.map(\.verificationKey))
    #expect(try delta.bytes().starts(with: unsigned))
    try DeltaFile(path: delta.path).validate(.signedBy([keys[1].verificationKey]))
  }

  @Test func everyBitFlipOfASignedDeltaIsRefused() throws {
    try sign(keys[0])
    let bytes = try delta.bytes()
    let damaged = try Scratch()
    for position in bytes.indices {
      var copy = bytes
      copy[position] ^= 1 << UInt8(position % 8)
      try damaged.write(copy)
      #expect(throws: DeltaError.self, "byte \(position)") { try DeltaFile(path: damaged.path).verify() }
    }
    for count in bytes.count - 108..<bytes.count {
      try damaged.write(bytes.prefix(count))
      // Without the whole frame the delta is the one that nobody signed.
      if count == bytes.count - 112 { continue }
      #expect(throws: DeltaError.self, "\(count) bytes") { try DeltaFile(path: damaged.path) }
    }
  }

  /// A signature belongs to one content.
  @Test func aSignatureCannotMove() throws {
    let other = try Scratch()
    try DeltaWriter.write(
      to: other.path, manifest: sampleManifest, tensors: [("a", sample(.float32, [15], seed: 2))])
    let content = try other.bytes()
    let size = try delta.bytes().count
    try sign(keys[0])
    try other.write(content + delta.bytes().dropFirst(size))
    #expect(throws: DeltaError.signatureInvalid(path: other.path, key: keys[0].verificationKey)) {
      try DeltaFile(path: other.path)
    }
  }

  /// How the tensors are compressed is not what is signed.
  @Test func aSignatureOutlivesCompression() throws {
    let fast = try Scratch()
    let tensor = Tensor((0..<5000).map { Int64($0 * $0 % 9973) }, shape: [5000])
    try DeltaWriter.write(to: delta.path, manifest: sampleManifest, tensors: [("a", tensor)], level: 19)
    try DeltaWriter.write(to: fast.path, manifest: sampleManifest, tensors: [("a", tensor)], level: 1)
    let sizes = try (delta.bytes().count, fast.bytes().count)
    #expect(sizes.0 != sizes.1)
    try sign(keys[0])
    try fast.write(fast.bytes() + delta.bytes().dropFirst(sizes.0))
    #expect(try DeltaFile(path: fast.path).signers == [keys[0].verificationKey])
  }

  @Test func policiesAreObeyed() throws {
    let path = delta.path
    let trusted = TrustPolicy.signedBy([keys[0].verificationKey])
    try DeltaFile(path: path).validate(.anyone)
    #expect(throws: SigningError.unsigned(path: path)) { try DeltaFile(path: path).validate(trusted) }
    try sign(keys[1])
    #expect(throws: SigningError.notTrusted(path: path, signers: [keys[1].verificationKey])) {
      try DeltaFile(path: path).validate(trusted)
    }
    #expect(throws: SigningError.alreadySigned(path: path, key: keys[1].verificationKey)) { try sign(keys[1]) }
    try sign(keys[0])
    try DeltaFile(path: path).validate(trusted)
  }

  @Test func signaturesAreNotRepeated() throws {
    try sign(keys[0])
    let bytes = try delta.bytes()
    let entry = bytes.suffix(96)
    var frame = bytes.suffix(112)
    #expect(Array(frame.prefix(8)) == [0x5B, 0x2A, 0x4D, 0x18, 104, 0, 0, 0])
    frame[frame.startIndex + 4] += 96
    try delta.write(bytes.dropLast(112) + frame + entry)
    #expect(throws: DeltaError.signedTwice(path: delta.path, key: keys[0].verificationKey)) {
      try DeltaFile(path: delta.path)
    }
  }

  // MARK: Key files

  @Test func keysAreKept() throws {
    let (secret, shared) = (try Scratch(), try Scratch())
    try keys[0].write(to: secret.path, publicPath: shared.path)
    let attributes = try FileManager.default.attributesOfItem(atPath: secret.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try SigningKey(path: secret.path).verificationKey == keys[0].verificationKey)
    #expect(try VerificationKey.read(shared.path) == [keys[0].verificationKey])
    let before = try secret.bytes()
    #expect(throws: SigningError.self) { try keys[1].write(to: secret.path, publicPath: "\(shared.path).other") }
    #expect(throws: SigningError.self) { try keys[1].write(to: "\(secret.path).other", publicPath: shared.path) }
    #expect(try secret.bytes() == before && !FileManager.default.fileExists(atPath: "\(secret.path).other"))
    try shared.write(shared.bytes() + keys[1].verificationKey.pem.utf8)
    #expect(try VerificationKey.read(shared.path) == keys.map(\.verificationKey))
  }

  /// RFC 8410, section 10: the example key pair.
  @Test func keyFilesAreStandard() throws {
    let (secret, shared) = (try Scratch(), try Scratch())
    try secret.write(
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
      -----END PRIVATE KEY-----
      """.utf8)
    try shared.write(
      "-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\r\n-----END PUBLIC KEY-----\r\n"
        .utf8)
    #expect(try [SigningKey(path: secret.path).verificationKey] == VerificationKey.read(shared.path))
  }

  @Test func filesThatAreNoKeys() throws {
    let scratch = try Scratch()
    func expect(_ text: String, privately: String?, publicly: String?) throws {
      try scratch.write(text.utf8)
      if let privately {
        #expect(
          throws: SigningError.notAKey(
            path: scratch.path, expected: "one private Ed25519 key in PEM", found: privately)
        ) { try SigningKey(path: scratch.path) }
      }
      if let publicly {
        #expect(
          throws: SigningError.notAKey(path: scratch.path, expected: "public Ed25519 keys in PEM", found: publicly)
        ) { try VerificationKey.read(scratch.path) }
      }
    }
    try expect("", privately: "no key", publicly: "no key")
    try expect("hello\n", privately: "no key", publicly: "no key")
    try expect(
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", privately: "a key of another kind",
      publicly: #"a block "PRIVATE KEY""#)
    try expect(
      "-----BEGIN PRIVATE KEY-----\n????\n-----END PRIVATE KEY-----\n", privately: "no PEM text",
      publicly: "no PEM text")
    try expect("-----BEGIN PUBLIC KEY-----\nAAAA", privately: "no PEM text", publicly: "no PEM text")
    try expect(
      "-----BEGIN PUBLIC KEY-----\n-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", privately: "no PEM text",
      publicly: "no PEM text")
    try expect(
      "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", privately: #"a block "PUBLIC KEY""#,
      publicly: "a key of another kind")
    try expect(String(repeating: "-", count: 1 << 17), privately: "no PEM text", publicly: "no PEM text")
    try scratch.write([0xFF, 0xFE, 0x2D])
    #expect(throws: SigningError.self) { try SigningKey(path: scratch.path) }
  }
}
