public import Graph
public import Runtime
public import Tensors

/// Why a run fails, beyond what the runtime says.
public enum RunError: Error, Hashable, Sendable {
  case noInput(path: String, wanted: String, type: TensorType, found: [String])
  case diverged(Divergence)
  /// Routing was asked of a model that has no routed module.
  case noRoutes
  /// Outputs of two batches that cannot stand in one file.
  case batchesDiffer(output: String, first: Shape, next: Shape)
  /// Two deltas whose outputs would have the same names in one file.
  case sameName(String, String, String)
}

extension RunError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noInput(let path, let wanted, let type, let found):
      "\(path): no tensor for the model's input \(wanted), \(type); the file holds \(found.joined(separator: ", "))"
    case .diverged(let divergence):
      "step \(divergence.step) (\(divergence.label)) differs from its reference by \(divergence.difference), "
        + "at values up to \(divergence.magnitude)"
    case .noRoutes: "the model has no routed module: graft it, or leave --routes out"
    case .batchesDiffer(let output, let first, let next):
      "the output \(output) is \(first) for one batch and \(next) for another: run them one by one"
    case .sameName(let name, let first, let second):
      "the outputs of \(first) and \(second) would both be named \(name)/… in one file: run them one by one"
    }
  }
}
