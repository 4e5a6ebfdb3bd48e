public import Graph
public import Tensors

/// A network with all that is needed to run it: the content of an `*.adaroute` file.
///
/// The file is safetensors: every constant of the graph under its name, and the rest as the message of
/// `schemas/model.proto` in the U8 tensor `adaroute.model`.
public struct ConvertedModel: Sendable {
  /// Changing the graph forgets `digests`, which may no longer be those of its constants.
  public var graph: Graph {
    didSet {
      digests = [:]
      structureCache = StructureCache()
    }
  }
  private var structureCache = StructureCache()
  /// The graph's.
  public var structure: Digest { structureCache.structure(of: graph) }
  /// How images become the graph's input, as JSON.
  public var preprocessing: String?
  /// The classes' names, in the order of the logits.
  public var labels: [String]
  public var provenance: Provenance
  public var graft: GraftRecipe?
  /// The images that the network was made for, where that is known and it takes others as well.
  public var imageSize: (height: Int, width: Int)?
  /// What the network is for where that is a dense task, and what stands behind its backbone, as JSON.
  public var dense: String?
  /// The constants' digests by name, as the file states them; `validateDigests` compares. Empty for a model
  /// that was not read from a file.
  public internal(set) var digests: [String: Digest] = [:]

  /// The tensor that holds the graph.
  public static let tensorName = "adaroute.model"
  static let formatVersion: UInt32 = 1

  public init(
    graph: Graph, preprocessing: String? = nil, labels: [String] = [], provenance: Provenance,
    graft: GraftRecipe? = nil, imageSize: (height: Int, width: Int)? = nil, dense: String? = nil
  ) {
    self.graph = graph
    self.preprocessing = preprocessing
    self.labels = labels
    self.provenance = provenance
    self.graft = graft
    self.imageSize = imageSize
    self.dense = dense
  }

  /// Takes a graph that was grafted from this one, whose own constants are unchanged: their digests stay known.
  public mutating func graft(_ grafted: Graph, _ recipe: GraftRecipe) {
    let known = digests
    graph = grafted
    graft = recipe
    digests = known.filter { !recipe.tensors.contains($0.key) && grafted.constants[$0.key] != nil }
  }

  /// The digest of every constant by name; those that are not known yet are computed, a tensor at a time.
  public func completeDigests() -> [String: Digest] {
    var complete = digests
    for (name, constant) in graph.constants where complete[name] == nil {
      complete[name] = Digest(of: constant.storedContent.tensor())
    }
    return complete
  }

  /// The tensors of the base, by name: what a delta is bound to.
  public func baseFingerprints() -> [TensorFingerprint] {
    let own = fingerprints { graft?.tensors.contains($0) != true }
    return (own + (graft?.replaced ?? [])).sorted { $0.name < $1.name }
  }

  /// The graph's constants whose names are asked for, by name.
  public func fingerprints(where isWanted: (String) -> Bool) -> [TensorFingerprint] {
    let complete = completeDigests()
    return graph.constants.sorted { $0.key < $1.key }.compactMap { name, constant in
      guard isWanted(name), let digest = complete[name] else { return nil }
      return TensorFingerprint(name: name, type: constant.storedType, shape: constant.shape, digest: digest)
    }
  }
}
