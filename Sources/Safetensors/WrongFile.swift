import Tensors

/// Recognises what people hand over in place of a safetensors file, so that the message can name it.
///
/// To be asked only once the first eight bytes are no valid header length.
enum WrongFile {
  static func recognise(_ bytes: UnsafeRawBufferPointer, path: String) -> SafetensorsError? {
    if bytes.isEmpty { return .emptyFile(path: path) }
    if let pointer = GitLFSPointer(recognising: bytes) {
      return .gitLFSPointer(path: path, oid: pointer.oid, size: pointer.size)
    }
    guard let format = ForeignFormat(recognising: bytes), format != .safetensors else { return nil }
    return .foreignFormat(path: path, format: format)
  }
}
