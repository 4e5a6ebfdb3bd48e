import Graph
import Tensors

/// Hands a checkpoint's tensors to a family's builder, checks their shapes, and keeps account of them.
struct Weights {
  private let source: any TensorCollection
  private var used: Set<String> = []

  init(_ source: any TensorCollection) { self.source = source }

  func contains(_ name: String) -> Bool { source.contains(name) }

  /// The shape of a tensor that must be there.
  func shape(_ name: String, role: String) throws(BackboneError) -> Shape { try tensor(name, role: role).shape }

  /// A weight of this shape as a float32 constant of the graph, under its own name.
  mutating func load(
    _ name: String, _ extents: [Int], role: String, into graph: inout Graph
  ) throws(BackboneError) -> ValueID {
    let tensor = try tensor(name, role: role)
    guard tensor.shape.extents == extents else {
      throw .shape(tensor: name, expected: Shape(extents).description, found: tensor.shape)
    }
    guard tensor.type.isFloatingPoint else { throw .elementType(tensor: name, found: tensor.type) }
    used.insert(name)
    let stored = Constant.Content.stored(tensor)
    return graph.addConstant(
      Constant(name: name, tensor.type == .float32 ? stored : .converted(stored, .float32)))
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
