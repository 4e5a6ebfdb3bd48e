public import Tensors

extension Graph {
  /// The mapped files that constants look into, each once.
  public var mappedSources: [Storage] {
    var seen: Set<ObjectIdentifier> = []
    return constants.values.map(\.content.source.storage).filter {
      $0.isMapped && seen.insert(ObjectIdentifier($0)).inserted
    }
  }
}
