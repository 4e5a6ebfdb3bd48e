import Tensors

/// The skippable frame at the start of a delta or a patch; `schemas/delta.proto` states its layout.
struct Envelope {
  enum Kind: String, CaseIterable {
    case delta = "ARDELTA"
    case patch = "ARPATCH"
  }

  /// How the message is held: the mark's last character. Files of earlier versions hold it as it is.
  enum Form: Character, CaseIterable {
    case plain = "1"
    case packed = "2"
  }

  /// What a file holds and how, as 8 characters say.
  struct Mark: Equatable {
    let kind: Kind
    let form: Form

    static let all = Kind.allCases.flatMap { kind in Form.allCases.map { Mark(kind: kind, form: $0) } }
    var bytes: [UInt8] { Array((kind.rawValue + String(form.rawValue)).utf8) }
  }

  /// Where the first tensor frame begins.
  let framesStart: Int
  private let form: Form
  /// The message as the file holds it, whose digest was compared.
  private let held: UnsafeRawBufferPointer
  private let path: String

  static let skippableMagic: UInt32 = 0x184D_2A5A
  static let messageLimit = 64 << 20
  private static let markSize = 8
  /// Mark and digest.
  private static let prefixSize = markSize + Digest.size

  init(reading kind: Kind, from bytes: UnsafeRawBufferPointer, path: String) throws(DeltaError) {
    if let error = Envelope.wrongFile(bytes, path: path) { throw error }
    let wrongKind =
      switch Envelope.mark(of: bytes)?.kind {
      case .patch where kind == .delta: DeltaError.isAPatch(path: path)
      case .delta where kind == .patch: DeltaError.isADelta(path: path)
      default: kind == .delta ? DeltaError.notADelta(path: path) : .notAPatch(path: path)
      }
    var reader = ByteReader(bytes)
    let magic = littleEndian(Envelope.skippableMagic)
    guard bytes.prefix(4).elementsEqual(magic.prefix(bytes.count)) else { throw wrongKind }
    guard reader.read(UInt32.self) != nil, let length = reader.read(UInt32.self) else {
      throw .truncated(path: path, expected: 8 + Envelope.prefixSize, found: bytes.count)
    }
    let size = Int(length) - Envelope.prefixSize
    guard size >= 0 else { throw wrongKind }
    guard size <= Envelope.messageLimit else {
      throw .manifestTooLarge(path: path, size: size, limit: Envelope.messageLimit)
    }
    guard reader.read(Envelope.markSize) != nil else {
      throw .truncated(path: path, expected: 8 + Int(length), found: bytes.count)
    }
    guard let mark = Envelope.mark(of: bytes), mark.kind == kind else { throw wrongKind }
    guard let digest = reader.read(Digest.size), let message = reader.read(size) else {
      throw .truncated(path: path, expected: 8 + Int(length), found: bytes.count)
    }
    guard Digest(hashing: message).bytes.elementsEqual(digest) else {
      throw .manifestDigestDiffers(path: path)
    }
    form = mark.form
    held = message
    framesStart = reader.position
    self.path = path
  }

  /// The message's bytes, which are valid while the file is mapped and the body runs.
  func withMessage<R>(
    _ body: (UnsafeRawBufferPointer) throws(DeltaError) -> R
  ) throws(DeltaError) -> R {
    guard form == .packed else { return try body(held) }
    let message = try PackedMessage.unpack(held, limit: Envelope.messageLimit, path: path)
    return try message.withUnsafeBytes { bytes in Result { () throws(DeltaError) in try body(bytes) } }.get()
  }

  /// What these bytes say they are, if they are long enough to say it.
  static func mark(of bytes: UnsafeRawBufferPointer) -> Mark? {
    guard bytes.count >= 16 else { return nil }
    return Mark.all.first { bytes[8..<16].elementsEqual($0.bytes) }
  }

  /// Writes a file of an envelope, frames and what follows them. The file appears whole or not at all.
  static func write(
    _ kind: Kind, message: [UInt8], frames: [[UInt8]], tail: [UInt8] = [], to path: String
  ) throws(DeltaError) {
    guard message.count <= messageLimit else {
      throw .manifestTooLarge(path: path, size: message.count, limit: messageLimit)
    }
    let packed = try PackedMessage.pack(message)
    let held = packed ?? message
    let mark = Mark(kind: kind, form: packed == nil ? .plain : .packed)
    do {
      let file = try OutputFile(path: path)
      try file.write(littleEndian(skippableMagic) + littleEndian(UInt32(prefixSize + held.count)) + mark.bytes)
      try file.write(held.withUnsafeBytes { Digest(hashing: $0) }.bytes)
      try file.write(held)
      for frame in frames { try file.write(frame) }
      try file.write(tail)
      try file.commit()
    } catch { throw .file(error) }
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

func littleEndian(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
