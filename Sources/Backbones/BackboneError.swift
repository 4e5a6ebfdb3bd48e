public import Graph
public import Tensors

/// Why a checkpoint and its configuration make no backbone.
public enum BackboneError: Error, Hashable, Sendable {
  /// No family recognises the tensors; the first names are shown.
  case unknownFamily(names: [String], count: Int)
  case missingTensor(name: String, role: String)
  case shape(tensor: String, expected: String, found: Shape)
  case elementType(tensor: String, found: ElementType)
  /// Tensors that the family has no place for.
  case unexpectedTensors([String])
  case configMalformed(reason: String)
  case configMissing(key: String, meaning: String)
  case configValue(key: String, expected: String, found: String)
  /// A setting that changes the network in a way that is not known.
  case configUnsupported(key: String, found: String)
  case unreadable(tensor: String, reason: String)
  /// A dense network reads the backbone's normed maps; there are not as many as it needs.
  case stageMaps(found: Int)
  case graph(TypeError)
}

extension BackboneError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownFamily(let names, let count):
      "no backbone family has tensors named like these \(count): \(names.joined(separator: ", "))"
    case .missingTensor(let name, let role): "tensor \(name) (\(role)) is missing"
    case .shape(let tensor, let expected, let found): "tensor \(tensor): shape \(expected) expected, \(found) found"
    case .elementType(let tensor, let found): "tensor \(tensor): floating-point numbers expected, \(found) found"
    case .unexpectedTensors(let names): "tensors with no known use: \(names.joined(separator: ", "))"
    case .configMalformed(let reason): "the configuration is no JSON object: \(reason)"
    case .configMissing(let key, let meaning): "the configuration does not state \(key) (\(meaning))"
    case .configValue(let key, let expected, let found):
      "the configuration's \(key): \(expected) expected, \(found) found"
    case .configUnsupported(let key, let found):
      "the configuration's \(key) is \(found): this version does not know what it does to the network"
    case .unreadable(let tensor, let reason): "tensor \(tensor) cannot be read: \(reason)"
    case .stageMaps(let found):
      "four maps, each with the norm that ends its stage, expected of the backbone, \(found) found"
    case .graph(let error): "the backbone's graph is inconsistent: \(error)"
    }
  }
}
