import Backbones
public import Delta
import Foundation
import Grafting
import Graph
import ModelFile
public import Tensors

extension Model {
  /// Writes what the graft added as a delta, bound to the base by the digests of its tensors and of its structure.
  ///
  /// Floating-point tensors are stored as `type` where one is given (int8 too); with `check`, only where the model with
  /// the rounded tensors still agrees with a golden file. With `base`, the model that the graft was trained
  /// on, tensors that are new here or have other values (a head, norms) go into the delta as well. Returns what was
  /// written, and how the base compares where one was given.
  @discardableResult
  public func writeDelta(
    to output: String, base: Model? = nil, type: ElementType? = nil, level: Int = 3, check: RoundingCheck? = nil
  ) throws -> (manifest: DeltaManifest, comparison: BaseComparison?) {
    guard let recipe = content.graft else { throw ModelError.notGrafted(path: path) }
    try refuseOverwriting(output, sources + (base?.sources ?? []))
    let comparison = try base.map { try compared(with: $0) }
    var manifest = DeltaManifest(
      producer: "adaroute \(adaRouteVersion)",
      baseTensors: base?.content.baseFingerprints() ?? content.baseFingerprints(), method: recipe.method,
      configuration: recipe.configuration, labels: content.labels,
      baseStructure: base?.content.structure ?? recipe.baseStructure)
    manifest.dropped =
      comparison?.dropped ?? recipe.replaced.map(\.name).filter { graph.constants[$0] == nil }
    let names = comparison.map { recipe.tensors.filter(AdaRouteMethod.ownsTensor).union($0.shipped) } ?? recipe.tensors
    if let dense = try dense, names.contains(where: dense.owns) { manifest.dense = content.dense }
    let tensors = names.sorted().compactMap { name in
      graph.constants[name].map { (name, $0.storedContent.tensor()) }
    }
    for source in graph.mappedSources { try source.validateStillWhole() }
    try check?.require(of: self, rounding: Set(tensors.map(\.0)), to: type)
    let written = try DeltaWriter.write(to: output, manifest: manifest, tensors: tensors, type: type, level: level)
    return (written, comparison)
  }

  /// The base with a delta's graft, and with the heads and norms that came with it. Throws where the delta was made
  /// on another base, naming what differs, or where the policy does not trust those who signed it.
  public func applying(_ delta: DeltaFile, trust: TrustPolicy = .anyone) throws -> Model {
    try delta.validate(trust)
    guard content.graft == nil else { throw ModelError.alreadyGrafted(path: path) }
    try checkBase(of: delta)
    guard delta.manifest.method == AdaRouteMethod.identifier else {
      throw ModelError.unknownMethod(delta: delta.path, method: delta.manifest.method)
    }
    let settings: AdaRouteConfiguration
    do {
      settings = try JSONDecoder().decode(
        AdaRouteConfiguration.self, from: Data(delta.manifest.configuration.utf8))
    } catch {
      throw ModelError.methodConfiguration(path: delta.path, reason: "not the JSON of an AdaRoute graft")
    }
    let tensors = try DeltaTensors(delta)
    let others = tensors.names.filter { !AdaRouteMethod.ownsTensor(named: $0) }
    let changed = try replacing(
      others, by: tensors, dropping: delta.manifest.dropped, dense: delta.manifest.dense)
    var model = try changed.grafted(.given(tensors), from: delta.path, settings: settings)
    model.sources.append(delta.path)
    if let unread = tensors.names.first(where: {
      model.content.graft?.tensors.contains($0) != true && !others.contains($0)
    }) {
      throw ConversionError.graft(path: delta.path, .unexpectedTensors([unread]))
    }
    let gone = Set(others + delta.manifest.dropped)
    model.content.graft?.tensors.formUnion(others)
    model.content.graft?.baseStructure = content.structure
    model.content.graft?.replaced = delta.manifest.baseTensors.filter { gone.contains($0.name) }
    return delta.manifest.labels.isEmpty ? model : try model.labelled(delta.manifest.labels, from: delta.path)
  }

  /// Throws where the delta was made on another base than this model.
  public func checkBase(of delta: DeltaFile) throws(ModelError) {
    let fingerprints = content.baseFingerprints()
    let mismatches = delta.manifest.mismatches(with: fingerprints)
    guard mismatches.isEmpty else {
      throw .baseDiffers(delta: delta.path, base: path, mismatches)
    }
    let known = Set(delta.manifest.baseTensors.map(\.name))
    let more = fingerprints.map(\.name).filter { !known.contains($0) }
    guard more.isEmpty else { throw .baseHasMore(delta: delta.path, base: path, tensors: more) }
    if let structure = delta.manifest.baseStructure, structure != content.structure {
      throw .baseStructureDiffers(delta: delta.path, base: path)
    }
  }

  /// Throws where the tensors' contents are not those that the file's digests state.
  public func validateContents() throws { try content.validateDigests(path: path) }
}

/// A delta's tensors, decoded when this is made.
struct DeltaTensors: TensorCollection {
  private let path: String
  private let tensors: [String: Tensor]
  let names: [String]

  init(_ delta: DeltaFile) throws(DeltaError) {
    path = delta.path
    tensors = try delta.tensors()
    names = delta.manifest.tensors.map(\.name)
  }

  var metadata: [String: String] { [:] }
  var paths: [String] { [path] }
  func contains(_ name: String) -> Bool { tensors[name] != nil }
  func tensor(named name: String) throws(DeltaError) -> Tensor {
    guard let tensor = tensors[name] else { throw .noSuchTensor(path: path, name: name) }
    return tensor
  }
  func validateStillWhole() throws(DeltaError) {}
}
