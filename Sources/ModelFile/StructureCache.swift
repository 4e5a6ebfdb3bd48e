import Graph
import Synchronization
import Tensors

/// The digest of one graph's structure, computed when it is first asked for: every delta that is applied asks.
final class StructureCache: Sendable {
  private let known = Mutex<Digest?>(nil)

  /// `graph` must be the same at every call.
  func structure(of graph: Graph) -> Digest {
    known.withLock { digest in
      if let digest { return digest }
      let computed = graph.structure
      digest = computed
      return computed
    }
  }
}
