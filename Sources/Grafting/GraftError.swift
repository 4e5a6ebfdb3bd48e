public import Graph
public import Tensors

/// Why a graft cannot be placed.
public enum GraftError: Error, Hashable, Sendable {
  case noSites
  case setting(name: String, expected: String, found: String)
  case missingTensor(name: String)
  case shape(tensor: String, expected: Shape, found: Shape)
  case elementType(tensor: String, found: ElementType)
  case unexpectedTensors([String])
  case unreadable(tensor: String, reason: String)
  /// The graft's tensor would take the name of one that the graph holds.
  case nameTaken(String)
  case graph(TypeError)
}

extension GraftError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noSites: "the model has no site for a graft"
    case .setting(let name, let expected, let found): "\(name): \(expected) expected, \(found) found"
    case .missingTensor(let name): "the graft's tensor \(name) is missing"
    case .shape(let tensor, let expected, let found):
      "the graft's tensor \(tensor): shape \(expected) expected, \(found) found"
    case .elementType(let tensor, let found):
      "the graft's tensor \(tensor): floating-point numbers expected, \(found) found"
    case .unexpectedTensors(let names): "tensors that no module of the graft reads: \(names.joined(separator: ", "))"
    case .unreadable(let tensor, let reason): "the graft's tensor \(tensor) cannot be read: \(reason)"
    case .nameTaken(let name): "the model holds a tensor \(name) already: it is grafted"
    case .graph(let error): "the graft does not fit the model: \(error)"
    }
  }
}
