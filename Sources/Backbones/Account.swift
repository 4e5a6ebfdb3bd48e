public import Graph

/// What became of every tensor of a checkpoint. Nothing is dropped silently.
public struct Account: Hashable, Sendable {
  /// Tensors that the graph reads, sorted.
  public internal(set) var mapped: [String]
  /// Tensors that are known to play no part in inference, with the reason, sorted by name.
  public internal(set) var unused: [Unused]

  public init(mapped: [String] = [], unused: [Unused] = []) {
    self.mapped = mapped
    self.unused = unused
  }

  public struct Unused: Hashable, Sendable {
    public let name: String
    public let reason: String

    public init(name: String, reason: String) {
      self.name = name
      self.reason = reason
    }
  }
}

/// A backbone as a graph with named sites, and what became of its checkpoint's tensors.
public struct Backbone: Sendable {
  public let family: String
  public let graph: Graph
  public let account: Account
  /// The images that the network was made for; nil where the configuration does not state it.
  public let imageSize: (height: Int, width: Int)?
}
