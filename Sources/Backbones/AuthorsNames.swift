/// Where a tensor of a renamed checkpoint comes from.
public struct TensorOrigin: Hashable, Sendable {
  public let name: String
  /// The tensor is this part of so many equal ones along the first axis; nil where it is the whole.
  public let part: Part?
  /// Axes that the tensor has; further ones, of extent 1, are dropped.
  public let rank: Int?
  /// Further tensors that come below this one, along the first axis.
  public let followers: [String]

  public struct Part: Hashable, Sendable {
    public let index: Int
    public let count: Int
  }

  init(_ name: String, part: Part? = nil, rank: Int? = nil, followers: [String] = []) {
    self.name = name
    self.part = part
    self.rank = rank
    self.followers = followers
  }
}

/// Why tensors have no names in the AdaRoute authors' code.
public enum NamingError: Error, Hashable, Sendable {
  case unknownLayout(names: [String], count: Int)
  /// Tensors that the authors' network of this family does not have.
  case noPlace(family: String, [String])
}

extension NamingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownLayout(let names, let count):
      "the authors' names are known for ViT, Swin and ConvNeXt, not for tensors named like these \(count): "
        + names.joined(separator: ", ")
    case .noPlace(let family, let names):
      "the authors' \(family) has no place for " + names.prefix(5).joined(separator: ", ")
        + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
  }
}

/// The names that the AdaRoute authors' code gives a backbone's tensors, and which of these tensors they are.
public func authorsNames(for names: [String]) throws(NamingError) -> [String: TensorOrigin] {
  for family in FamilyCatalog.all where family.recognises(names) {
    if let origins = try family.authorsNames(for: names) { return origins }
  }
  throw .unknownLayout(names: Array(names.prefix(5)), count: names.count)
}

/// The layers of a network and what one layout calls them.
///
/// A table is read both ways: from a checkpoint's names to the layers, and from the layers to another layout's names.
struct LayerNames {
  /// Pairs of what a layer is, the same in every layout, and its name, without `.weight` and `.bias`.
  var pairs: [(layer: String, name: String)] = []

  mutating func add(_ layer: String, _ name: String?) { if let name { pairs.append((layer, name)) } }

  /// What tensors are called in another layout; those that it has no layer for are returned as well.
  func renaming(_ tensors: [String], to other: LayerNames) -> (names: [String: String], unplaced: [String]) {
    let layers = Dictionary(pairs.map { ($0.name, $0.layer) }) { first, _ in first }
    let others = Dictionary(other.pairs.map { ($0.layer, $0.name) }) { first, _ in first }
    var names: [String: String] = [:]
    var unplaced: [String] = []
    for tensor in tensors {
      let suffix = [".weight", ".bias"].first { tensor.hasSuffix($0) && layers[tensor] == nil } ?? ""
      if let layer = layers[String(tensor.dropLast(suffix.count))], let name = others[layer] {
        names[tensor] = name + suffix
      } else {
        unplaced.append(tensor)
      }
    }
    return (names, unplaced)
  }
}
