/// Formats that are mistaken for each other, recognised by their first bytes.
public enum ForeignFormat: Hashable, Sendable {
  case zip, pickle, markup, onnx, gguf, hdf5, tar, json, safetensors

  /// What these bytes begin like; nil where they are none of these.
  public init?(recognising bytes: UnsafeRawBufferPointer) {
    func begins(_ prefix: String) -> Bool { bytes.starts(with: prefix.utf8) }
    if begins("PK\u{03}\u{04}") {
      self = .zip
    } else if begins("GGUF") {
      self = .gguf
    } else if bytes.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .hdf5
    } else if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      self = .tar
    } else if bytes.count >= 2, bytes[0] == 0x80, 1...5 ~= bytes[1] {
      self = .pickle
    } else if bytes.count >= 4, bytes[0] == 0x08, 1...20 ~= bytes[1], [0x12, 0x1A, 0x3A].contains(bytes[2]),
      bytes[3] != 0
    {
      // ModelProto: field 1, ir_version, then producer_name, producer_version or graph.
      self = .onnx
    } else if bytes.count > 9, bytes[8] == UInt8(ascii: "{"), bytes[4..<8].allSatisfy({ $0 == 0 }) {
      // A header's length below 2^32, then its brace.
      self = .safetensors
    } else if let text = ForeignFormat(recognisingText: bytes) {
      self = text
    } else {
      return nil
    }
  }

  private init?(recognisingText bytes: UnsafeRawBufferPointer) {
    var text = bytes.prefix(64)[...]
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
    text = text.drop { $0 == 0x20 || 0x09...0x0D ~= $0 }
    guard let first = text.first, text.allSatisfy({ $0 >= 0x09 }) else { return nil }
    switch first {
    case UInt8(ascii: "<"): self = .markup
    case UInt8(ascii: "{"), UInt8(ascii: "["): self = .json
    default: return nil
    }
  }
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

/// What Git stores in place of a large file: a few lines of `key value`; real ones are below 200 bytes.
public struct GitLFSPointer: Hashable, Sendable {
  public let oid: String
  public let size: String

  public init?(recognising bytes: UnsafeRawBufferPointer) {
    guard bytes.starts(with: "version https://git-lfs".utf8) else { return nil }
    let text = String(decoding: bytes.prefix(1024), as: UTF8.self)
    func value(_ key: String) -> String {
      let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(key + " ") }
      return line.map { String($0.dropFirst(key.count + 1)) } ?? "unknown"
    }
    oid = value("oid")
    size = value("size")
  }
}
