public import Tensors

/// A checkpoint in several files, under an index that says which file holds which tensor.
///
///     index = { "metadata": anything, "weight_map": { tensor name: file name… } }
///
/// A shard is a plain file name in the index's own folder; it may be a link only to a file in that folder or
/// in the folder that holds the index file proper (download caches keep both as links into one folder).
/// The map and the shards must name the same tensors, each exactly once. The index's `metadata` is not used:
/// `metadata` here is that of the shards, the first shard's value where they differ.
public final class SafetensorsIndex: SafetensorsCollection {
  public let path: String
  public let metadata: [String: String]
  public let entries: [TensorEntry]
  /// The shards, sorted by file name.
  private let shards: [SafetensorsFile]
  /// For each of `entries`, the shard that holds it.
  private let owners: [Int]

  public init(path: String) throws(SafetensorsError) {
    let map = try ShardMap(path: path)
    var shards: [SafetensorsFile] = []
    var metadata: [String: String] = [:]
    for file in map.files {
      let shard = try SafetensorsFile(path: file)
      metadata.merge(shard.metadata) { first, _ in first }
      shards.append(shard)
    }
    try map.validate(shards.map { $0.entries.map(\.name) })
    self.path = path
    self.metadata = metadata
    self.shards = shards
    owners = map.owners
    entries = zip(map.tensors, map.owners).compactMap { shards[$1].entry(named: $0) }
  }

  public var paths: [String] { shards.map(\.path) }

  public func tensor(named name: String) throws(SafetensorsError) -> Tensor {
    guard let position = position(of: name) else { throw .tensorNotFound(path: path, tensor: name) }
    return try shards[owners[position]].tensor(named: name)
  }

  public func validateStillWhole() throws(SafetensorsError) {
    for shard in shards { try shard.validateStillWhole() }
  }
}
