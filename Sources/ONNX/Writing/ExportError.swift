public import Tensors

/// Why a graph cannot be written as ONNX.
public enum ExportError: Error, Hashable, Sendable {
  /// Operators that have no writing, by identifier, with the number of their nodes.
  case unsupported([String: Int])
  case opset(found: Int, supported: ClosedRange<Int>)
  /// An extent that follows from no input's shape.
  case openExtent(node: String, extent: String)
  case elementType(value: String, found: ElementType)
  /// An operator's setting that ONNX has no form for.
  case setting(node: String, expected: String, found: String)
  case nulInText(String)
  /// One file holds less than 2 GiB.
  case tooLarge(path: String, bytes: Int, limit: Int)
  case file(FileError)
}

extension ExportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unsupported(let operators):
      "operators that cannot be written as ONNX: "
        + operators.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
    case .opset(let found, let supported):
      "operator set: version \(supported.lowerBound) to \(supported.upperBound) expected, \(found) found"
    case .openExtent(let node, let extent): "\(node): the extent \(extent) follows from no input's shape"
    case .elementType(let value, let found): "\(value): \(found) is no element type of ONNX that is written"
    case .setting(let node, let expected, let found): "\(node): \(expected) expected, \(found) found"
    case .nulInText(let text): "a name with a zero byte cannot be written: \(printable(text))"
    case .tooLarge(let path, let bytes, let limit):
      "\(path): the model takes \(bytes) bytes, an ONNX file holds at most \(limit)"
    case .file(let error): "\(error)"
    }
  }
}
