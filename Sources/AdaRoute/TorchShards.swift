import Safetensors
import Tensors
import TorchCheckpoint

/// A PyTorch checkpoint in several files under `pytorch_model.bin.index.json`, which is written as that of safetensors.
struct TorchShards: TensorCollection {
  private let map: ShardMap
  private let shards: [TorchFile]
  private let owners: [String: Int]

  init(index path: String) throws {
    map = try ShardMap(path: path)
    shards = try map.files.map { try TorchFile(path: $0) }
    try map.validate(shards.map(\.names))
    owners = Dictionary(uniqueKeysWithValues: zip(map.tensors, map.owners))
  }

  var names: [String] { map.tensors }
  var metadata: [String: String] { [:] }
  var paths: [String] { [map.path] + map.files }
  func contains(_ name: String) -> Bool { owners[name] != nil }

  func tensor(named name: String) throws -> Tensor {
    guard let owner = owners[name] else { throw SafetensorsError.tensorNotFound(path: map.path, tensor: name) }
    return try shards[owner].tensor(named: name)
  }

  func validateStillWhole() throws {
    for shard in shards { try shard.validateStillWhole() }
  }
}
