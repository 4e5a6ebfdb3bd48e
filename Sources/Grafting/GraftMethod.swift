public import Graph

/// A way to adapt a frozen network at its sites.
public protocol GraftMethod: Sendable {
  associatedtype Configuration: Codable & Hashable & Sendable

  /// Stands in delta files; stable for ever.
  static var identifier: String { get }
  var configuration: Configuration { get }

  init(_ configuration: Configuration) throws(GraftError)

  /// The graph with modules at all its sites, and the names of the tensors that were added.
  func graft(_ graph: Graph, _ parameters: ParameterSource) throws(GraftError) -> Grafted
}

/// A graph that has been grafted.
public struct Grafted: Sendable {
  public let graph: Graph
  /// The tensors that the graft added, sorted: what a delta ships.
  public let tensorNames: [String]
  /// Elements of those tensors that are trained, buffers left out.
  public let trainableParameters: Int
}
