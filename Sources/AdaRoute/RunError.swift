public import Graph
public import Runtime

/// Why a run fails, beyond what the runtime says.
public enum RunError: Error, Hashable, Sendable {
  case noInput(path: String, wanted: String, type: TensorType, found: [String])
  case diverged(Divergence)
  case outputIsInput(String)
}

extension RunError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noInput(let path, let wanted, let type, let found):
      "\(path): no tensor for the model's input \(wanted), \(type); the file holds \(found.joined(separator: ", "))"
    case .diverged(let divergence):
      "step \(divergence.step) (\(divergence.label)) differs from its reference by \(divergence.difference), "
        + "at values up to \(divergence.magnitude)"
    case .outputIsInput(let path): "\(path): the output would overwrite the input"
    }
  }
}
