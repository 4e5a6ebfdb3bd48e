import Graph
import ModelFile

/// What a graft added to a model.
public struct GraftReport: Codable, Hashable, Sendable {
  public let base: String
  public let output: String
  public let method: String
  public let configuration: String
  public let modules: Int
  public let tensors: Int
  /// Elements that are trained, and elements of buffers.
  public let parameters: Int
  public let buffers: Int

  public init(_ model: Model, output: String) {
    base = model.path
    self.output = output
    method = model.content.graft?.method ?? "none"
    configuration = model.content.graft?.configuration ?? "{}"
    modules = model.graph.taps.keys.filter { $0.hasPrefix("routing.") }.count
    tensors = model.content.graft?.tensors.count ?? 0
    (parameters, buffers) = model.graftedElements ?? (0, 0)
  }

  public var json: String { jsonText }

  public var text: String {
    """
    \(output): \(method), \(modules) modules, \(parameters.grouped) parameters in \(tensors) tensors
      \(configuration)
    """
  }
}
