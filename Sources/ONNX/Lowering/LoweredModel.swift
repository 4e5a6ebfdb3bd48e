public import Graph
import Tensors

/// An ONNX model as a graph in its canonical form, and what became of the file's initializers.
///
/// Inputs and outputs keep the file's names; the first input's open leading extent is `N`. Constants keep the
/// names of the initializers they come from, transposed ones as well.
public struct LoweredModel: Sendable {
  public let graph: Graph
  public let account: InitializerAccount

  public init(_ model: ONNXModel) throws(LoweringError) {
    let importer = Importer(model)
    try importer.run()
    var graph = importer.graph
    do { try graph.rewrite(.canonical) } catch { throw .rewriting(error) }
    let origins = Origins(model.graph.initializers)
    origins.restoreNames(in: &graph)
    self.graph = graph
    account = InitializerAccount(
      model.graph, read: origins.initializers(of: graph), touched: importer.initializersRead)
  }
}

/// What became of every initializer of a file. Nothing is dropped silently.
public struct InitializerAccount: Hashable, Sendable {
  public enum Reason: String, Hashable, Sendable {
    /// Its numbers went into shapes and into operators' settings.
    case folded = "part of shapes and settings"
    case unneeded = "read only by nodes that no output needs"
    case unread = "read by no node"
  }

  public struct Unused: Hashable, Sendable {
    public let name: String
    public let reason: Reason

    public init(name: String, reason: Reason) {
      self.name = name
      self.reason = reason
    }
  }

  /// Initializers that the graph reads, sorted.
  public let read: [String]
  /// The others, sorted by name.
  public let unused: [Unused]

  init(_ graph: ONNXGraph, read: Set<String>, touched: Set<String>) {
    let named = graph.nodes.reduce(into: Set<String>()) { $0.formUnion($1.inputs) }
    let names = graph.initializers.keys.sorted()
    self.read = names.filter { read.contains($0) }
    unused = names.filter { !read.contains($0) }.map { name in
      Unused(
        name: name, reason: touched.contains(name) ? .folded : named.contains(name) ? .unneeded : .unread)
    }
  }
}

/// Which initializers a graph's constants come from: those that hold the same bytes.
private struct Origins {
  private struct Bytes: Hashable {
    let storage: ObjectIdentifier
    let offset: Int
    let count: Int

    init(_ tensor: Tensor) {
      storage = ObjectIdentifier(tensor.storage)
      offset = tensor.offset
      count = tensor.byteCount
    }
  }

  private let names: Set<String>
  /// Several where initializers share their bytes, sorted.
  private let byBytes: [Bytes: [String]]

  init(_ initializers: [String: Tensor]) {
    names = Set(initializers.keys)
    byBytes = initializers.sorted { $0.key < $1.key }
      .reduce(into: [:]) { table, entry in table[Bytes(entry.value), default: []].append(entry.key) }
  }

  private func origin(_ constant: Constant) -> String? {
    if names.contains(constant.name) { return constant.name }
    let candidates = byBytes[Bytes(constant.content.source)] ?? []
    return candidates.first { constant.name.hasPrefix($0 + ".") } ?? candidates.first
  }

  /// Gives a derived constant its initializer's name, where the graph does not read the initializer
  /// otherwise.
  func restoreNames(in graph: inout Graph) {
    let derived = Dictionary(grouping: graph.constants.keys.sorted()) { graph.constants[$0].flatMap(origin) }
    for (origin, constants) in derived {
      guard let origin, constants.count == 1, constants[0] != origin else { continue }
      graph.renameConstant(constants[0], to: origin)
    }
  }

  func initializers(of graph: Graph) -> Set<String> { Set(graph.constants.values.compactMap(origin)) }
}
