import Tensors

/// The skippable frame at the start of a delta; `schemas/delta.proto` states its layout.
struct DeltaContainer {
  /// The message, whose digest was compared.
  let manifest: UnsafeRawBufferPointer
  /// Where the first tensor frame begins.
  let framesStart: Int

  static let skippableMagic: UInt32 = 0x184D_2A5A
  static let signature = Array("ARDELTA1".utf8)
  static let manifestLimit = 64 << 20
  /// Signature and digest.
  static let prefixSize = signature.count + Digest.size

  init(reading bytes: UnsafeRawBufferPointer, path: String) throws(DeltaError) {
    if let error = DeltaContainer.wrongFile(bytes, path: path) { throw error }
    var reader = ByteReader(bytes)
    let header = DeltaContainer.header(manifestSize: 0).prefix(4)
    guard bytes.prefix(4).elementsEqual(header.prefix(bytes.count)) else { throw .notADelta(path: path) }
    guard reader.read(UInt32.self) != nil, let length = reader.read(UInt32.self) else {
      throw .truncated(path: path, expected: 8 + DeltaContainer.prefixSize, found: bytes.count)
    }
    let manifestSize = Int(length) - DeltaContainer.prefixSize
    guard manifestSize >= 0 else { throw .notADelta(path: path) }
    guard manifestSize <= DeltaContainer.manifestLimit else {
      throw .manifestTooLarge(path: path, size: manifestSize, limit: DeltaContainer.manifestLimit)
    }
    guard let signature = reader.read(DeltaContainer.signature.count) else {
      throw .truncated(path: path, expected: 8 + Int(length), found: bytes.count)
    }
    guard signature.elementsEqual(DeltaContainer.signature) else { throw .notADelta(path: path) }
    guard let digest = reader.read(Digest.size), let manifest = reader.read(manifestSize) else {
      throw .truncated(path: path, expected: 8 + Int(length), found: bytes.count)
    }
    guard Digest(hashing: manifest).bytes.elementsEqual(digest) else {
      throw .manifestDigestDiffers(path: path)
    }
    self.manifest = manifest
    framesStart = reader.position
  }

  /// All that stands before the digest.
  static func header(manifestSize: Int) -> [UInt8] {
    func littleEndian(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
    return littleEndian(skippableMagic) + littleEndian(UInt32(clamping: prefixSize + manifestSize)) + signature
  }

  /// What people hand over in place of a delta.
  private static func wrongFile(_ bytes: UnsafeRawBufferPointer, path: String) -> DeltaError? {
    if bytes.isEmpty { return .emptyFile(path: path) }
    if bytes.starts(with: "version https://git-lfs".utf8) { return .gitLFSPointer(path: path) }
    if bytes.prefix(64).first(where: { $0 > 0x20 }) == UInt8(ascii: "<") { return .markup(path: path) }
    // A length below the format's limit, then the header's brace.
    if bytes.count > 9, bytes[8] == UInt8(ascii: "{"), bytes[4..<8].allSatisfy({ $0 == 0 }) {
      return .safetensors(path: path)
    }
    return nil
  }
}
