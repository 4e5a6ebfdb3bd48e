import Grafting
import Graph
import ModelFile
import Tensors

/// How the tensors of a grafted model, its graft's left out, compare with those of its base.
public struct BaseComparison: Codable, Hashable, Sendable {
  public let base: String
  /// Tensors that the base does not have, that have other values there, and that only the base has; ascending.
  public let added: [String]
  public let changed: [String]
  public let dropped: [String]
  /// Those changed tensors that sites are computed from: a frozen backbone has none.
  public let backbone: [String]

  /// What a delta has to hold beside the graft.
  var shipped: Set<String> { Set(added + changed) }

  var lines: [String] {
    var lines: [String] = []
    func say(_ names: [String], _ what: String) {
      if !names.isEmpty { lines.append("  \(names.count) tensors \(what): \(shortened(names, ", "))") }
    }
    say(added, "that \(base) does not have")
    say(changed.filter { !backbone.contains($0) }, "of heads and norms that were trained")
    say(dropped, "of \(base) are left out")
    if !backbone.isEmpty {
      lines.append(
        "  note: the backbone was not frozen: \(backbone.count) of its tensors differ from \(base)'s and are in "
          + "the delta: \(shortened(backbone, ", "))")
    }
    return lines
  }
}

extension Model {
  /// Throws where this is not the base's network with a graft, heads and norms.
  func compared(with base: Model) throws -> BaseComparison {
    guard base.content.graft == nil else { throw ModelError.alreadyGrafted(path: base.path) }
    let own = content.fingerprints { !AdaRouteMethod.ownsTensor(named: $0) }
    let theirs = Dictionary(base.content.baseFingerprints().map { ($0.name, $0) }) { first, _ in first }
    guard own.contains(where: { theirs[$0.name] == $0 }) else {
      throw ModelError.nothingShared(path: path, base: base.path)
    }
    let changed = own.filter { theirs[$0.name] != nil && theirs[$0.name] != $0 }.map(\.name)
    let names = Set(own.map(\.name))
    let backbone = graph.constantsBeforeSites
    let comparison = BaseComparison(
      base: base.path, added: own.map(\.name).filter { theirs[$0] == nil }, changed: changed,
      dropped: theirs.keys.filter { !names.contains($0) }.sorted(), backbone: changed.filter(backbone.contains))
    let tensors = GraphTensors(graph, path: path)
    let rebuilt = try base.replacing(
      comparison.shipped.sorted(), by: tensors, dropping: comparison.dropped, dense: content.dense
    )
    .grafted(.given(tensors), settings: nil)
    guard rebuilt.graph.structure == graph.structure else {
      throw ModelError.otherNetwork(path: path, base: base.path)
    }
    return comparison
  }
}
