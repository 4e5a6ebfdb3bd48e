internal import Tensors

extension SafetensorsError {
  /// What stands in place of a safetensors file; nil where that is not known.
  ///
  /// To be asked only once the first eight bytes are no valid header length.
  static func wrongFile(_ bytes: UnsafeRawBufferPointer, path: String) -> SafetensorsError? {
    switch WrongFile.recognise(bytes) {
    case .empty: .emptyFile(path: path)
    case .gitLFSPointer(let oid, let size): .gitLFSPointer(path: path, oid: oid, size: size)
    case .format(.safetensors), nil: nil
    case .format(let format): .foreignFormat(path: path, format: format)
    }
  }
}
