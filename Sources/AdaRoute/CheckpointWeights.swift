import Backbones
import Foundation
import Safetensors
import Tensors
import TorchCheckpoint

/// The tensors of a checkpoint, read by the format that its name tells.
struct CheckpointWeights {
  let tensors: any TensorCollection
  /// What a whole detector's checkpoint holds beside its backbone.
  let unused: [Account.Unused]
  /// The classes' names, where the checkpoint states them.
  private(set) var classes: [String] = []

  /// Such checkpoints keep the backbone's tensors under this prefix; only those are taken then.
  private static let backbone = "backbone."

  static func isTorch(_ path: String) -> Bool {
    ["pth", "pt", "bin", "ckpt"].contains(URL(filePath: path).pathExtension.lowercased())
  }

  /// The name's ending tells the index of PyTorch shards from that of safetensors.
  static func isTorchIndex(_ path: String) -> Bool { path.lowercased().hasSuffix(".bin.index.json") }

  /// With `keepsHeads`, of a detector's checkpoint all tensors are taken: the backbone's under the rest of their
  /// names, the others under their own.
  init(path: String, keepsHeads: Bool = false) throws {
    if keepsHeads {
      let all = try CheckpointWeights.all(path)
      classes = (all as? TorchFile)?.classes ?? []
      tensors = UnprefixedTensors(all, prefix: CheckpointWeights.backbone)
      unused = []
      return
    }
    if CheckpointWeights.isTorchIndex(path) {
      tensors = try TorchShards(index: path)
      unused = []
      return
    }
    guard CheckpointWeights.isTorch(path) else {
      tensors = try openSafetensors(path: path)
      unused = []
      return
    }
    let file = try TorchFile(path: path)
    let part = file.stripping(prefix: CheckpointWeights.backbone) ?? file
    tensors = part
    unused = part.omitted.map { name in
      let owner = name.prefix { $0 != "." }.replacing("_", with: " ")
      return Account.Unused(name: name, reason: "belongs to the \(owner): not part of the backbone")
    }
  }

  /// The configuration that mmcv's training loops keep in a checkpoint; nil where there is none.
  static func ownConfiguration(_ path: String) throws -> JSONValue? {
    guard isTorch(path), let text = try TorchFile(path: path).trainingConfiguration else { return nil }
    return try JSONValue(python: text)
  }

  private static func all(_ path: String) throws -> any TensorCollection {
    if isTorchIndex(path) { return try TorchShards(index: path) }
    return isTorch(path) ? try TorchFile(path: path) : try openSafetensors(path: path)
  }
}

/// A collection whose tensors with a prefix have the rest of their names.
struct UnprefixedTensors: TensorCollection {
  private let source: any TensorCollection
  /// The names in the source.
  private let origins: [String: String]

  /// A tensor keeps its prefix where the rest of its name is another tensor's.
  init(_ source: any TensorCollection, prefix: String) {
    self.source = source
    let names = source.names
    let known = Set(names)
    origins = Dictionary(
      names.map { name in
        let rest = String(name.dropFirst(prefix.count))
        return (name.hasPrefix(prefix) && !rest.isEmpty && !known.contains(rest) ? rest : name, name)
      }
    ) { first, _ in first }
  }

  var names: [String] { origins.keys.sorted() }
  var metadata: [String: String] { source.metadata }
  var paths: [String] { source.paths }
  func contains(_ name: String) -> Bool { origins[name] != nil }
  func tensor(named name: String) throws -> Tensor { try source.tensor(named: origins[name] ?? name) }
  func validateStillWhole() throws { try source.validateStillWhole() }
}
