import Backbones
import Foundation
import Graph
import ModelFile
import Tensors

/// What `convert` tells: where every tensor of the source went, and what the model is.
public struct ConversionReport: Codable, Hashable, Sendable {
  public struct Unused: Codable, Hashable, Sendable {
    public let name: String
    public let reason: String
  }

  public let source: String
  public let output: String
  public let family: String?
  public let parameters: Int
  /// Tensors of the source that the network reads.
  public let mapped: [String]
  public let unused: [Unused]
  /// Tensors of a graft that the source holds, under the authors' names.
  public let grafted: [String]
  public let sites: Int
  public let labels: Int
  public let preprocessing: Bool
  public let notes: [String]

  public init(_ model: Model, output: String) {
    source = model.path
    self.output = output
    family = model.conversion?.family
    parameters = model.graph.constants.values.reduce(0) { $0 &+ $1.shape.elementCount }
    mapped = model.conversion?.account.mapped ?? []
    unused = (model.conversion?.account.unused ?? []).map { Unused(name: $0.name, reason: $0.reason) }
    grafted = (model.content.graft?.tensors ?? []).sorted()
    sites = model.graph.sites.count
    labels = model.content.labels.count
    preprocessing = model.content.preprocessing != nil
    notes = model.conversion?.notes ?? []
  }

  public var json: String { jsonText }

  public var text: String {
    let kind = family.map { "\($0), " } ?? ""
    var lines = ["\(output): \(kind)\(parameters.grouped) parameters, \(sites) sites"]
    lines.append("  \(mapped.count) tensors mapped, \(unused.count) known to be unused")
    lines += unused.map { "    \($0.name): \($0.reason)" }
    if !grafted.isEmpty { lines.append("  \(grafted.count) tensors of an AdaRoute graft: the model is grafted") }
    lines.append(
      "  " + (labels > 0 ? "\(labels) labels" : "no labels") + ", "
        + (preprocessing ? "images are prepared as the checkpoint states" : "no image preprocessing stated"))
    lines += notes.map { "  note: \($0)" }
    return lines.joined(separator: "\n")
  }
}
