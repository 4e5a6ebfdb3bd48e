public import Graph
public import Tensors

/// Why a graph cannot be run on what it was given.
public enum RuntimeError: Error, Hashable, Sendable {
  case missingInput(String)
  case unknownInput(String, known: [String])
  case inputType(name: String, expected: TensorType, found: ElementType, shape: Shape)
  case unknownOutput(String, known: [String])
  /// For these extents a value inside the network has no valid shape.
  case noShape(type: TensorType, symbols: [String: Int])
  /// The network would need more memory than can be addressed.
  case tooLarge(bytes: Int)
  /// A tier of kernels that this machine does not run.
  case unavailableTier(String, available: [String])
  /// A file that holds weights or inputs shrank while it was in use.
  case file(FileError)
}

extension RuntimeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingInput(let name): "input \(name) is missing"
    case .unknownInput(let name, let known):
      "the model has no input \(name); it has \(known.joined(separator: ", "))"
    case .inputType(let name, let expected, let found, let shape):
      "input \(name): \(expected) expected, \(found) \(shape) found"
    case .unknownOutput(let name, let known):
      "the model has no output \(name); it has \(known.joined(separator: ", "))"
    case .noShape(let type, let symbols):
      "no shape \(type) for "
        + symbols.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
    case .tooLarge(let bytes): "the network would need \(bytes) bytes"
    case .unavailableTier(let name, let available):
      "this machine does not run tier \(name); it runs \(available.joined(separator: ", "))"
    case .file(let error): "\(error)"
    }
  }
}
