/// What people hand over in place of the file that a reader expects, judged by its first bytes, so that the
/// reader's message can name it.
public enum WrongFile: Hashable, Sendable {
  case empty
  /// What stands in a repository for a large file; both texts are as the pointer has them, or `unknown`.
  case gitLFSPointer(oid: String, size: String)
  case format(ForeignFormat)

  /// Nil where the bytes are none of the kinds that are known. A format's own reader asks only once the bytes
  /// cannot be its format, or sets its own format aside.
  public static func recognise(_ bytes: UnsafeRawBufferPointer) -> WrongFile? {
    if bytes.isEmpty { return .empty }
    if begins(bytes, "version https://git-lfs") { return lfsPointer(bytes) }
    return format(of: bytes).map { .format($0) }
  }

  private static func format(of bytes: UnsafeRawBufferPointer) -> ForeignFormat? {
    if begins(bytes, "PK\u{03}\u{04}") { return .zip }
    if begins(bytes, "GGUF") { return .gguf }
    if bytes.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) { return .hdf5 }
    if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) { return .tar }
    if bytes.count >= 2, bytes[0] == 0x80, 1...5 ~= bytes[1] { return .pickle }
    // ModelProto: field 1, ir_version, then producer_name, producer_version or graph.
    if bytes.count >= 4, bytes[0] == 0x08, 1...20 ~= bytes[1], [0x12, 0x1A, 0x3A].contains(bytes[2]),
      bytes[3] != 0
    {
      return .onnx
    }
    // The length of a header as eight bytes, its upper half zero, then the header.
    if bytes.count >= 9, bytes[4..<8].allSatisfy({ $0 == 0 }), bytes[8] == UInt8(ascii: "{") {
      return .safetensors
    }
    var text = bytes.prefix(64)[...]
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
    text = text.drop { $0 == 0x20 || 0x09...0x0D ~= $0 }
    guard let first = text.first, text.allSatisfy({ $0 >= 0x09 }) else { return nil }
    switch first {
    case UInt8(ascii: "<"): return .markup
    case UInt8(ascii: "{"), UInt8(ascii: "["): return .json
    default: return nil
    }
  }

  /// A pointer is a few lines of `key value`; real ones are below 200 bytes.
  private static func lfsPointer(_ bytes: UnsafeRawBufferPointer) -> WrongFile {
    let text = String(decoding: bytes.prefix(1024), as: UTF8.self)
    func value(_ key: String) -> String {
      let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(key + " ") }
      return line.map { String($0.dropFirst(key.count + 1)) } ?? "unknown"
    }
    return .gitLFSPointer(oid: value("oid"), size: value("size"))
  }

  private static func begins(_ bytes: UnsafeRawBufferPointer, _ prefix: String) -> Bool {
    bytes.starts(with: prefix.utf8)
  }
}

/// Formats that are mistaken for one another, recognised by their first bytes.
public enum ForeignFormat: Hashable, Sendable {
  case zip, pickle, markup, onnx, gguf, hdf5, tar, json, safetensors
}

extension ForeignFormat: CustomStringConvertible {
  public var description: String {
    switch self {
    case .zip: "a ZIP archive, such as a PyTorch checkpoint"
    case .pickle: "a Python pickle, such as an old PyTorch checkpoint"
    case .markup: "an HTML or XML page, probably an error page saved by a download"
    case .onnx: "a protobuf message, such as an ONNX model"
    case .gguf: "a GGUF file"
    case .hdf5: "an HDF5 file, such as TensorFlow's and Keras's weights"
    case .tar: "a tar archive"
    case .json: "JSON text, such as the index of a sharded checkpoint"
    case .safetensors: "a safetensors file"
    }
  }
}
