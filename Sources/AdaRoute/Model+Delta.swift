public import Delta
import Foundation
import Grafting
import Graph
import ModelFile
public import Tensors

extension Model {
  /// Writes what the graft added as a delta, bound to the base's tensors by their digests.
  ///
  /// Floating-point tensors are stored as `type` where one is given. Returns what was written.
  @discardableResult
  public func writeDelta(to output: String, type: ElementType? = nil, level: Int = 3) throws -> DeltaManifest {
    guard let recipe = content.graft else { throw ModelError.notGrafted(path: path) }
    try refuseOverwriting(output, sources)
    let manifest = DeltaManifest(
      producer: "adaroute \(adaRouteVersion)", baseTensors: content.baseFingerprints(), method: recipe.method,
      configuration: recipe.configuration, labels: content.labels)
    let tensors = recipe.tensors.sorted().compactMap { name in
      graph.constants[name].map { (name, $0.storedContent.tensor()) }
    }
    return try DeltaWriter.write(to: output, manifest: manifest, tensors: tensors, type: type, level: level)
  }

  /// The base with a delta's graft. Throws where the delta was made on another base, naming what differs.
  public func applying(_ delta: DeltaFile) throws -> Model {
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
    let tensors = DeltaTensors(delta)
    var model = try grafted(.given(tensors), from: delta.path, settings: settings)
    model.sources.append(delta.path)
    if let unread = tensors.names.first(where: { model.content.graft?.tensors.contains($0) != true }) {
      throw ConversionError.graft(path: delta.path, .unexpectedTensors([unread]))
    }
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
  }

  /// Throws where the tensors' contents are not those that the file's digests state.
  public func validateContents() throws { try content.validateDigests(path: path) }
}

/// A delta's tensors, each decoded when it is asked for.
struct DeltaTensors: TensorCollection {
  private let delta: DeltaFile
  let names: [String]

  init(_ delta: DeltaFile) {
    self.delta = delta
    names = delta.manifest.tensors.map(\.name)
  }

  var metadata: [String: String] { [:] }
  var paths: [String] { [delta.path] }
  func contains(_ name: String) -> Bool { names.contains(name) }
  func tensor(named name: String) throws(DeltaError) -> Tensor { try delta.tensor(named: name) }
  func validateStillWhole() throws(DeltaError) {}
}
