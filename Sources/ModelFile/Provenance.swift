public import Tensors

/// Where a converted model comes from.
public struct Provenance: Hashable, Sendable {
  /// The checkpoint's file name, without its folder.
  public var sourceName: String
  /// `onnx`, `safetensors`.
  public var sourceFormat: String
  /// What made the checkpoint, as the checkpoint says. May be empty.
  public var producer: String
  /// The version of AdaRoute that converted it.
  public var version: String
  /// The conversion's configuration as JSON.
  public var configuration: String?

  public init(
    sourceName: String, sourceFormat: String, producer: String, version: String, configuration: String? = nil
  ) {
    self.sourceName = sourceName
    self.sourceFormat = sourceFormat
    self.producer = producer
    self.version = version
    self.configuration = configuration
  }
}

/// How a grafted graph came from that of its base.
public struct GraftRecipe: Hashable, Sendable {
  /// The graft method's identifier.
  public var method: String
  /// The method's configuration as JSON.
  public var configuration: String
  /// The constants that the graft added, and those that came with it: a head, norms.
  public var tensors: Set<String>
  /// `Graph.structure` of the base; nil for a model that an earlier version wrote.
  public var baseStructure: Digest?
  /// The base's tensors that are not in the graph, or have other values there, ascending by name.
  public var replaced: [TensorFingerprint]

  public init(
    method: String, configuration: String, tensors: Set<String>, baseStructure: Digest? = nil,
    replaced: [TensorFingerprint] = []
  ) {
    self.method = method
    self.configuration = configuration
    self.tensors = tensors
    self.baseStructure = baseStructure
    self.replaced = replaced.sorted { $0.name < $1.name }
  }
}
