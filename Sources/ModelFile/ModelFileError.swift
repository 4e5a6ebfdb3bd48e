public import Graph
public import Safetensors
import Tensors

/// What is wrong with a converted model. `what` says which part: `node 3 (linear)`.
public enum ModelFileError: Error, Hashable, Sendable {
  case safetensors(SafetensorsError)

  // The message as a whole.
  case notConverted(path: String)
  case messageNotBytes(path: String, found: String)
  case messageTooLong(path: String, limit: Int, found: Int)
  case malformedMessage(path: String)
  case unsupportedVersion(path: String, supported: UInt32, found: UInt32)

  // Its parts.
  case invalidUTF8(path: String, what: String)
  case negative(path: String, what: String, found: Int64)
  case duplicateName(path: String, what: String, name: String)
  case unknownElementType(path: String, what: String, found: String)
  case invalidDimension(path: String, what: String, found: String)
  case imageSizeOutOfRange(path: String, height: UInt32, width: UInt32, limit: UInt32)
  case shapeOutOfRange(path: String, tensor: String)
  case digestLength(path: String, tensor: String, found: Int)
  case unknownAttributeKind(path: String, what: String, attribute: String)
  case attributeWithoutValue(path: String, what: String, attribute: String)
  case unknownOperator(path: String, what: String, identifier: String)
  /// `defined` values precede the user.
  case valueNotDefined(path: String, what: String, value: UInt64, defined: Int)
  case typing(path: String, what: String, TypeError)
  case resultCount(path: String, what: String, declared: UInt64, found: Int)
  case unknownLayout(path: String, what: String)
  case tokensWithoutGrid(path: String, what: String)
  case siteRank(path: String, what: String, expected: Int, found: TensorType)

  // The message against the tensors.
  case missingTensor(path: String, tensor: String)
  case unlistedTensor(path: String, tensor: String)
  case tensorDiffers(path: String, tensor: String, expected: String, found: String)
  case graftTensorUnknown(path: String, tensor: String)
  case contentsDiffer(path: String, tensors: [String])

  // Writing.
  case reservedName(path: String, tensor: String)
  case nulInText(path: String, text: String)
  case constantNotInGraph(path: String, tensor: String)
}

extension ModelFileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .safetensors(let error): error.description
    case .notConverted(let path): "\(path): not a converted model: run adaroute convert"
    case .messageNotBytes(let path, let found):
      "\(path): tensor adaroute.model must be U8 of rank 1, but is \(found)"
    case .messageTooLong(let path, let limit, let found):
      "\(path): tensor adaroute.model may hold \(limit) bytes, \(found) found"
    case .malformedMessage(let path):
      "\(path): tensor adaroute.model is not a message of schemas/model.proto"
    case .unsupportedVersion(let path, let supported, let found):
      "\(path): format version \(supported) expected, \(found) found"
    case .invalidUTF8(let path, let what): "\(path): \(what): text that is not UTF-8"
    case .negative(let path, let what, let found): "\(path): \(what) must not be negative, but is \(found)"
    case .duplicateName(let path, let what, let name): "\(path): two \(what) are named \(printable(name))"
    case .unknownElementType(let path, let what, let found):
      "\(path): \(what): unknown element type \(printable(found))"
    case .invalidDimension(let path, let what, let found): "\(path): \(what): \(printable(found)) is no dimension"
    case .imageSizeOutOfRange(let path, let height, let width, let limit):
      "\(path): image sides from 1 to \(limit) expected, \(height)x\(width) found"
    case .shapeOutOfRange(let path, let tensor): "\(path): tensor \(printable(tensor)): the shape is out of range"
    case .digestLength(let path, let tensor, let found):
      "\(path): tensor \(printable(tensor)): a SHA-256 of \(Digest.size) bytes expected, \(found) found"
    case .unknownAttributeKind(let path, let what, let attribute):
      "\(path): \(what): attribute \(printable(attribute)) is of an unknown kind"
    case .attributeWithoutValue(let path, let what, let attribute):
      "\(path): \(what): attribute \(printable(attribute)) lacks the value of its kind"
    case .unknownOperator(let path, let what, let identifier):
      "\(path): \(what): unknown operator \(printable(identifier))"
    case .valueNotDefined(let path, let what, let value, let defined):
      "\(path): \(what) reads value \(value), but only \(defined) values are defined before it"
    case .typing(let path, let what, let error): "\(path): \(what): \(error)"
    case .resultCount(let path, let what, let declared, let found):
      "\(path): \(what): \(declared) results declared, \(found) made"
    case .unknownLayout(let path, let what): "\(path): \(what): unknown layout"
    case .tokensWithoutGrid(let path, let what):
      "\(path): \(what): a layout of tokens needs prefix, height and width"
    case .siteRank(let path, let what, let expected, let found):
      "\(path): \(what): a value of rank \(expected) expected, \(found) found"
    case .missingTensor(let path, let tensor): "\(path): tensor \(printable(tensor)) is missing"
    case .unlistedTensor(let path, let tensor): "\(path): tensor \(printable(tensor)) is not part of the model"
    case .tensorDiffers(let path, let tensor, let expected, let found):
      "\(path): tensor \(printable(tensor)): \(expected) expected, \(found) found"
    case .graftTensorUnknown(let path, let tensor):
      "\(path): the graft names tensor \(printable(tensor)), which the graph does not have"
    case .contentsDiffer(let path, let tensors):
      "\(path): contents differ from their SHA-256: " + tensors.prefix(20).map(printable).joined(separator: ", ")
        + (tensors.count > 20 ? " and \(tensors.count - 20) more" : "")
    case .reservedName(let path, let tensor): "\(path): no tensor may be named \(printable(tensor))"
    case .nulInText(let path, let text): "\(path): text holds a zero byte: \(printable(text))"
    case .constantNotInGraph(let path, let tensor):
      "\(path): the graph uses constant \(printable(tensor)) but does not hold it"
    }
  }
}
