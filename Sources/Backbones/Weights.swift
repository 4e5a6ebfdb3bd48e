import Graph
import Tensors

/// Hands a checkpoint's tensors to a family's builder, checks their shapes, and keeps account of them.
struct Weights {
  private let source: any TensorCollection
  private var used: Set<String> = []

  init(_ source: any TensorCollection) { self.source = source }

  /// False for nil: a layout that has no such tensor.
  func contains(_ name: String?) -> Bool { name.map { source.contains($0) } ?? false }

  /// The shape of a tensor that must be there.
  func shape(_ name: String, role: String) throws(BackboneError) -> Shape { try tensor(name, role: role).shape }

  /// A weight of this shape as a float32 constant of the graph, under its own name and, where one is given, under
  /// another shape of as many elements.
  mutating func load(
    _ name: String, _ extents: [Int], role: String, as shape: [Int]? = nil, into graph: inout Graph
  ) throws(BackboneError) -> ValueID {
    let tensor = try use(name, extents, role: role)
    let stored = Constant.Content.stored(tensor).reshaped(Shape(shape ?? extents))
    return graph.addConstant(
      Constant(name: name, tensor.type == .float32 ? stored : .converted(stored, .float32)))
  }

  /// The numbers of a weight of this shape, for what the graph needs in another form.
  mutating func numbers(_ name: String, _ extents: [Int], role: String) throws(BackboneError) -> [Float] {
    let tensor = try use(name, extents, role: role)
    return tensor.converted(to: .float32).scalars() ?? []
  }

  private mutating func use(_ name: String, _ extents: [Int], role: String) throws(BackboneError) -> Tensor {
    let tensor = try tensor(name, role: role)
    guard tensor.shape.extents == extents else {
      throw .shape(tensor: name, expected: Shape(extents).description, found: tensor.shape)
    }
    guard tensor.type.isFloatingPoint else { throw .elementType(tensor: name, found: tensor.type) }
    used.insert(name)
    return tensor
  }

  private func tensor(_ name: String, role: String) throws(BackboneError) -> Tensor {
    guard source.contains(name) else { throw .missingTensor(name: name, role: role) }
    do {
      return try source.tensor(named: name)
    } catch {
      throw .unreadable(tensor: name, reason: "\(error)")
    }
  }

  /// The account of all tensors; throws where one was neither read, nor set aside, nor known to be unused.
  ///
  /// `setAside` tensors belong to somebody else (a graft) and appear nowhere in the account.
  func account(
    unused reason: (String) -> String?, setAside: (String) -> Bool
  ) throws(BackboneError) -> Account {
    var account = Account()
    var unexpected: [String] = []
    for name in source.names where !setAside(name) {
      if used.contains(name) {
        account.mapped.append(name)
      } else if let reason = reason(name) {
        account.unused.append(Account.Unused(name: name, reason: reason))
      } else {
        unexpected.append(name)
      }
    }
    guard unexpected.isEmpty else { throw .unexpectedTensors(unexpected) }
    return account
  }
}
