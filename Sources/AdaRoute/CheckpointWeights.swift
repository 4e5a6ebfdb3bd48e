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

  /// Such checkpoints keep the backbone's tensors under this prefix; only those are taken then.
  private static let backbone = "backbone."

  static func isTorch(_ path: String) -> Bool {
    ["pth", "pt", "bin", "ckpt"].contains(URL(filePath: path).pathExtension.lowercased())
  }

  /// The name's ending tells the index of PyTorch shards from that of safetensors.
  static func isTorchIndex(_ path: String) -> Bool { path.lowercased().hasSuffix(".bin.index.json") }

  init(path: String) throws {
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
}
