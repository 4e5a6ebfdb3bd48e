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
    let map = try IndexParser.weightMap(path: path)
    let shardNames = Set(map.map(\.shard)).sorted()
    let files = try SafetensorsIndex.locate(shardNames, beside: path)
    var shards: [SafetensorsFile] = []
    var metadata: [String: String] = [:]
    for file in files {
      let shard = try SafetensorsFile(path: file)
      metadata.merge(shard.metadata) { first, _ in first }
      shards.append(shard)
    }

    var owners: [Int] = []
    var entries: [TensorEntry] = []
    for (name, shardName) in map {
      guard let owner = shardNames.firstIndex(of: shardName),
        let entry = shards[owner].entry(named: name)
      else {
        throw .tensorNotInShard(path: path, tensor: name, shard: shardName)
      }
      owners.append(owner)
      entries.append(entry)
    }
    self.path = path
    self.metadata = metadata
    self.shards = shards
    self.owners = owners
    self.entries = entries
    try validateMapIsComplete(shardNames)
  }

  public var paths: [String] { shards.map(\.path) }

  public func tensor(named name: String) throws(SafetensorsError) -> Tensor {
    guard let position = position(of: name) else { throw .tensorNotFound(path: path, tensor: name) }
    return try shards[owners[position]].tensor(named: name)
  }

  public func validateStillWhole() throws(SafetensorsError) {
    for shard in shards { try shard.validateStillWhole() }
  }

  private func validateMapIsComplete(_ shardNames: [String]) throws(SafetensorsError) {
    for (number, shard) in shards.enumerated() {
      var unnamed: [String] = []
      for entry in shard.entries {
        guard let position = position(of: entry.name) else {
          unnamed.append(entry.name)
          continue
        }
        if owners[position] != number {
          let holders = [owners[position], number].sorted().map { shardNames[$0] }
          throw .tensorInTwoShards(path: path, tensor: entry.name, shards: holders)
        }
      }
      guard unnamed.isEmpty else {
        throw .tensorsNotInIndex(path: path, shard: shardNames[number], tensors: unnamed)
      }
    }
  }

  /// The shards' paths, links followed, all known to lie in an allowed folder before any is opened.
  private static func locate(_ shards: [String], beside path: String) throws(SafetensorsError) -> [String] {
    let home = folder(of: path)
    let allowed = [realPath(home), realPath(path).map(folder(of:))]
    var files: [String] = []
    for shard in shards {
      let file = home == "/" ? "/\(shard)" : "\(home)/\(shard)"
      guard let target = realPath(file) else { throw .shardMissing(path: path, shard: shard) }
      guard allowed.contains(folder(of: target)) else {
        throw .shardOutsideFolder(path: path, shard: shard, folder: home)
      }
      files.append(file)
    }
    return files
  }
}
