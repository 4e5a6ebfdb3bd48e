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
  /// The constants that the graft added.
  public var tensors: Set<String>

  public init(method: String, configuration: String, tensors: Set<String>) {
    self.method = method
    self.configuration = configuration
    self.tensors = tensors
  }
}
