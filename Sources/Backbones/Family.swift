import Graph
public import Tensors

/// A kind of backbone: recognises checkpoints by their tensors' names and builds their graphs.
protocol Family: Sendable {
  static var identifier: String { get }

  /// Whether these are the names of a checkpoint of this family.
  static func recognises(_ names: [String]) -> Bool

  /// Tensors for which `setAside` holds belong to a graft and are left alone.
  static func build(
    _ weights: any TensorCollection, _ configuration: JSONValue, setAside: (String) -> Bool
  ) throws(BackboneError) -> Backbone

  /// The names that the AdaRoute authors' code gives these tensors; nil where it has no network of this family.
  static func authorsNames(for names: [String]) throws(NamingError) -> [String: TensorOrigin]?
}

extension Family {
  static func authorsNames(for names: [String]) throws(NamingError) -> [String: TensorOrigin]? { nil }

  /// Runs a builder; whatever it finds wrong is said as an error of this module.
  static func building<Built>(_ build: () throws -> Built) throws(BackboneError) -> Built {
    do {
      return try build()
    } catch let error as TypeError {
      throw .graph(error)
    } catch let error as BackboneError {
      throw error
    } catch {
      throw .configMalformed(reason: "\(error)")
    }
  }
}

/// Every family of backbones; one line each.
enum FamilyCatalog {
  static let all: [any Family.Type] = [ViT.self, ConvNeXt.self, Swin.self]
}

/// Builds the backbone that a checkpoint holds, and the parts of a network for a dense task behind it.
///
/// `configuration` is timm's or transformers' config.json, or ours, or that of a dense network. The tensors of a
/// dense network's other parts have the names that its checkpoints give them; the backbone's have no prefix.
public func buildBackbone(
  _ weights: any TensorCollection, configuration: JSONValue, dense: DenseConfiguration? = nil,
  setAside: (String) -> Bool = { _ in false }
) throws(BackboneError) -> Backbone {
  func isOther(_ name: String) -> Bool { setAside(name) || dense?.owns(name) == true }
  let names = weights.names.filter { !isOther($0) }
  guard let family = FamilyCatalog.all.first(where: { $0.recognises(names) }) else {
    throw .unknownFamily(names: Array(names.prefix(5)), count: names.count)
  }
  let backbone = try family.build(weights, configuration.backboneSettings, setAside: isOther)
  guard let dense else { return backbone }
  let network = try dense.network()
  return try family.building {
    try backbone.adding(network, Weights(weights)) { dense.owns($0) && !setAside($0) }
  }
}
