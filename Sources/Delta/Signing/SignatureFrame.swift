import Tensors

/// The skippable frame at the end of a signed delta; `schemas/delta.proto` states its layout.
struct SignatureFrame {
  struct Entry {
    let key: VerificationKey
    let signature: [UInt8]
  }

  static let magic: UInt32 = 0x184D_2A5B
  static let mark = Array("ARSIGN01".utf8)
  static let signatureSize = 64
  static let limit = 64

  var entries: [Entry] = []

  init() {}

  /// Reads the frame that is all of `bytes`; nil where they are no such frame.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var reader = ByteReader(bytes)
    let entrySize = VerificationKey.size + SignatureFrame.signatureSize
    guard reader.read(UInt32.self) == SignatureFrame.magic, let length = reader.read(UInt32.self),
      Int(length) == bytes.count - 8, reader.read(SignatureFrame.mark.count)?.elementsEqual(SignatureFrame.mark) == true
    else { return nil }
    let rest = bytes.count - reader.position
    guard rest > 0, rest % entrySize == 0, rest / entrySize <= SignatureFrame.limit else { return nil }
    for _ in 0..<rest / entrySize {
      guard let key = reader.read(VerificationKey.size), let signature = reader.read(SignatureFrame.signatureSize)
      else { return nil }
      entries.append(Entry(key: VerificationKey(bytes: Array(key)), signature: Array(signature)))
    }
  }

  var bytes: [UInt8] {
    let content = SignatureFrame.mark + entries.flatMap { $0.key.bytes + $0.signature }
    return littleEndian(SignatureFrame.magic) + littleEndian(UInt32(content.count)) + content
  }
}
