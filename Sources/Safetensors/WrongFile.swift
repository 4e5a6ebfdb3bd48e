import Tensors

/// Recognises what people hand over in place of a safetensors file, so that the message can name it.
///
/// To be asked only once the first eight bytes are no valid header length.
enum WrongFile {
  static func recognise(_ bytes: UnsafeRawBufferPointer, path: String) -> SafetensorsError? {
    if bytes.isEmpty { return .emptyFile(path: path) }
    if begins(bytes, "version https://git-lfs") { return lfsPointer(bytes, path: path) }
    return format(of: bytes).map { .foreignFormat(path: path, format: $0) }
  }

  private static func format(of bytes: UnsafeRawBufferPointer) -> ForeignFormat? {
    if begins(bytes, "PK\u{03}\u{04}") { return .zip }
    if begins(bytes, "GGUF") { return .gguf }
    if bytes.count >= 2, bytes[0] == 0x80, 1...5 ~= bytes[1] { return .pickle }
    // ModelProto: field 1, ir_version, then producer_name, producer_version or graph.
    if bytes.count >= 4, bytes[0] == 0x08, 1...20 ~= bytes[1], [0x12, 0x1A, 0x3A].contains(bytes[2]),
      bytes[3] != 0
    {
      return .onnx
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
  private static func lfsPointer(_ bytes: UnsafeRawBufferPointer, path: String) -> SafetensorsError {
    let text = String(decoding: bytes.prefix(1024), as: UTF8.self)
    func value(_ key: String) -> String {
      let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(key + " ") }
      return line.map { String($0.dropFirst(key.count + 1)) } ?? "unknown"
    }
    return .gitLFSPointer(path: path, oid: value("oid"), size: value("size"))
  }

  private static func begins(_ bytes: UnsafeRawBufferPointer, _ prefix: String) -> Bool {
    bytes.starts(with: prefix.utf8)
  }
}
