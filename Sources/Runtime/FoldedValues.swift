import Graph
import Synchronization
import Tensors

/// Tensors that planning makes of constants, or of settings alone, each in memory once for all plans that read it.
///
/// What is made of nothing but weights that another session's graph holds too is that session's, `base`, so that
/// sessions on one backbone share it. Plans keep the tensors: what no plan reads any longer leaves memory.
package final class FoldedValues: Sendable {
  /// What a tensor is made of.
  struct Source: Hashable {
    fileprivate enum Origin: Hashable {
      case constant(Constant.Content.Identity)
      /// A tensor made of others, before or later.
      case made(Mark)
    }

    fileprivate let origin: Origin
    fileprivate let isBase: Bool
  }

  /// Tells what a recipe makes from everything else, as long as a planner or a recipe has to do with it.
  fileprivate final class Mark: Hashable, Sendable {
    static func == (a: Mark, b: Mark) -> Bool { a === b }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
  }

  /// How a tensor is made. Equal ones make the same bits.
  struct Recipe: Hashable {
    /// An operator's identifier, or a name for what a step makes of its weights.
    let function: String
    var attributes = Attributes()
    var sources: [Source]
    let type: ElementType
    let shape: Shape
  }

  private struct Entry {
    weak var mark: Mark?
    /// Nil before the tensor is made, and when no plan reads it any longer.
    weak var storage: Storage?
    var offset = 0
  }

  private struct Table {
    var entries: [Recipe: Entry] = [:]
    /// Entries from which those that nothing has to do with are removed.
    var limit = Table.leastLimit

    static let leastLimit = 256

    func tensor(_ recipe: Recipe) -> Tensor? {
      guard let entry = entries[recipe], let storage = entry.storage else { return nil }
      return Tensor(type: recipe.type, shape: recipe.shape, storage: storage, offset: entry.offset)
    }

    mutating func mark(_ recipe: Recipe) -> Mark {
      if let known = entries[recipe]?.mark { return known }
      let mark = Mark()
      change(recipe) { $0.mark = mark }
      return mark
    }

    mutating func keep(_ tensor: Tensor, _ recipe: Recipe) {
      change(recipe) { ($0.storage, $0.offset) = (tensor.storage, tensor.offset) }
    }

    private mutating func change(_ recipe: Recipe, _ body: (inout Entry) -> Void) {
      if entries.count >= limit {
        entries = entries.filter { $0.value.mark != nil || $0.value.storage != nil }
        limit = max(Table.leastLimit, 2 * entries.count)
      }
      body(&entries[recipe, default: Entry()])
    }
  }

  private let base: FoldedValues?
  /// Of the graph's constants.
  private let storages: Set<ObjectIdentifier>
  private let table = Mutex(Table())

  /// `storages` are those of a graph's constants, which must outlive the values.
  init(of storages: Set<ObjectIdentifier>, base: FoldedValues? = nil) {
    self.base = base
    self.storages = storages
  }

  /// Bytes of the tensors that plans read now, without the base's.
  package var byteCount: Int {
    table.withLock { $0.entries.values.reduce(0) { $0 + ($1.storage?.bytes.count ?? 0) } }
  }

  /// A constant as something that tensors are made of.
  func source(_ content: Constant.Content) -> Source {
    let identity = content.identity
    return Source(origin: .constant(identity), isBase: base?.storages.contains(identity.storage) ?? false)
  }

  /// What a recipe makes as something that tensors are made of; it need not be made for that.
  func source(_ recipe: Recipe) -> Source {
    if let (base, own) = shared(recipe) { return Source(origin: base.source(own).origin, isBase: true) }
    return Source(origin: .made(table.withLock { $0.mark(recipe) }), isBase: false)
  }

  /// The tensor of a recipe, made by `make` where no plan reads it yet.
  func tensor(_ recipe: Recipe, _ make: () -> Tensor) -> Tensor {
    if let (base, own) = shared(recipe) { return base.tensor(own, make) }
    if let known = table.withLock({ $0.tensor(recipe) }) { return known }
    let made = make()
    return table.withLock { table in
      // Another plan may have made it meanwhile.
      if let known = table.tensor(recipe) { return known }
      table.keep(made, recipe)
      return made
    }
  }

  /// Where what is made of nothing but the base's is made, and the recipe there.
  private func shared(_ recipe: Recipe) -> (base: FoldedValues, own: Recipe)? {
    guard let base, recipe.sources.allSatisfy(\.isBase) else { return nil }
    var own = recipe
    own.sources = recipe.sources.map { Source(origin: $0.origin, isBase: false) }
    return (base, own)
  }
}
