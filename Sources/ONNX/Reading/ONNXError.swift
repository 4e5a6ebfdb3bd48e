public import Tensors

/// What is wrong with an ONNX file. `what` says which part: `initializer "w"`, `node 3 "conv1" (Conv)`.
public enum ONNXError: Error, Hashable, Sendable {
  case file(FileError)

  // Not such a file at all.
  case emptyFile(path: String)
  case gitLFSPointer(path: String, oid: String, size: String)
  case foreignFormat(path: String, format: ForeignFormat)
  case notProtobuf(path: String)

  // The encoding. `offset` is in bytes from the start of the file.
  case truncated(path: String, offset: Int, expected: UInt64, found: Int)
  case malformedNumber(path: String, offset: Int)
  case unknownWireType(path: String, offset: Int, found: Int)
  case wrongWireType(path: String, offset: Int, message: String, field: Int, expected: Int, found: Int)
  case nestedTooDeep(path: String, offset: Int, limit: Int)
  case tooLarge(path: String, limit: Int)
  case textNotUTF8(path: String, offset: Int)
  case malformedMessage(path: String)

  // The model as a whole.
  case noGraph(path: String)
  case noOpset(path: String)
  case opsetVersion(path: String, supported: ClosedRange<Int>, found: Int64)
  case noOutputs(path: String)
  case duplicateName(path: String, what: String, name: String)
  case missingName(path: String, what: String)
  case valueKind(path: String, what: String)
  case undefinedValue(path: String, what: String, value: String)
  case cyclic(path: String, what: String)

  // Tensors.
  case unsupportedType(path: String, what: String, type: String)
  case shapeOutOfRange(path: String, what: String, extents: [Int64])
  case sizeMismatch(path: String, what: String, type: ElementType, shape: Shape, expected: Int, found: UInt64)
  case numberOutOfRange(path: String, what: String, type: ElementType, found: Int32)
  case sparse(path: String, what: String)

  // External data. `location` is as the file states it.
  case locationNotPlain(path: String, what: String, location: String)
  case locationOutsideFolder(path: String, what: String, location: String)
  case externalFileMissing(path: String, what: String, location: String)
  case externalRange(path: String, what: String, location: String, offset: String, length: String, size: Int)
  case externalEntry(path: String, what: String, key: String, found: String)
}

extension ONNXError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .emptyFile(let path): "\(path): the file is empty"
    case .gitLFSPointer(let path, let oid, let size):
      "\(path): a Git LFS pointer instead of the file itself (oid \(quoted(oid)), size \(quoted(size)) bytes); "
        + "run `git lfs pull`"
    case .foreignFormat(let path, let format): "\(path): not an ONNX model but \(format)"
    case .notProtobuf(let path): "\(path): not an ONNX model: it does not begin as a protobuf message does"
    case .truncated(let path, let offset, let expected, let found):
      "\(path): at byte \(offset): \(expected) bytes expected, \(found) left"
    case .malformedNumber(let path, let offset): "\(path): at byte \(offset): a number of more than ten bytes"
    case .unknownWireType(let path, let offset, let found):
      "\(path): at byte \(offset): a field of wire type 0, 1, 2 or 5 expected, \(found) found"
    case .wrongWireType(let path, let offset, let message, let field, let expected, let found):
      "\(path): at byte \(offset): field \(field) of \(message) must have wire type \(expected), but has \(found)"
    case .nestedTooDeep(let path, let offset, let limit):
      "\(path): at byte \(offset): messages nested more than \(limit) deep"
    case .tooLarge(let path, let limit): "\(path): more than \(limit) bytes beside the tensors' raw data"
    case .textNotUTF8(let path, let offset): "\(path): at byte \(offset): text that is not UTF-8 or holds a zero byte"
    case .malformedMessage(let path): "\(path): not a message of ONNX's schema"
    case .noGraph(let path): "\(path): the model holds no graph"
    case .noOpset(let path): "\(path): the model does not state a version of the standard operator set"
    case .opsetVersion(let path, let supported, let found):
      "\(path): operator set \(supported.lowerBound) to \(supported.upperBound) expected, \(found) found"
    case .noOutputs(let path): "\(path): the graph has no outputs"
    case .duplicateName(let path, let what, let name): "\(path): two \(what) are named \(quoted(name))"
    case .missingName(let path, let what): "\(path): \(what) has no name"
    case .valueKind(let path, let what): "\(path): \(what): a tensor expected, another kind of value found"
    case .undefinedValue(let path, let what, let value): "\(path): \(what) reads \(quoted(value)), which nothing defines"
    case .cyclic(let path, let what): "\(path): \(what) depends on its own result"
    case .unsupportedType(let path, let what, let type): "\(path): \(what): elements of type \(type) are not supported"
    case .shapeOutOfRange(let path, let what, let extents):
      "\(path): \(what): shape \(extents.prefix(16)) is out of range"
    case .sizeMismatch(let path, let what, let type, let shape, let expected, let found):
      "\(path): \(what): \(type) \(shape) takes \(expected) bytes, \(found) found"
    case .numberOutOfRange(let path, let what, let type, let found):
      "\(path): \(what): \(found) is out of range for \(type)"
    case .sparse(let path, let what): "\(path): \(what): sparse tensors are not supported"
    case .locationNotPlain(let path, let what, let location):
      "\(path): \(what): external data must be a relative path within the model's folder, \(quoted(location)) found"
    case .locationOutsideFolder(let path, let what, let location):
      "\(path): \(what): external data \(quoted(location)) leads out of the model's folder"
    case .externalFileMissing(let path, let what, let location):
      "\(path): \(what): the external data file \(quoted(location)) is missing beside the model"
    case .externalRange(let path, let what, let location, let offset, let length, let size):
      "\(path): \(what): external data \(quoted(location)) has \(size) bytes, offset \(quoted(offset)) and length "
        + "\(quoted(length)) stated"
    case .externalEntry(let path, let what, let key, let found):
      "\(path): \(what): external data: \(key) must be a whole number, \(quoted(found)) found"
    }
  }
}
