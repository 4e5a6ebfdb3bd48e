import Tensors

/// An index's files and which of them holds which tensor, whatever their format: see `SafetensorsIndex`.
public struct ShardMap: Sendable {
  public let path: String
  /// The shards' names and paths, sorted by name.
  public let shards: [String]
  public let files: [String]
  /// Every tensor's name, sorted, and the position of its shard.
  public let tensors: [String]
  public let owners: [Int]

  /// Throws where a shard is missing or lies in another folder; none is opened.
  public init(path: String) throws(SafetensorsError) {
    let map = try IndexParser.weightMap(path: path)
    let shards = Set(map.map(\.shard)).sorted()
    let positions = Dictionary(uniqueKeysWithValues: shards.enumerated().map { ($1, $0) })
    self.path = path
    self.shards = shards
    files = try ShardMap.locate(shards, beside: path)
    tensors = map.map(\.name)
    owners = map.map { positions[$0.shard] ?? 0 }
  }

  /// Throws where the shards do not hold the tensors of the map, each exactly once; `found` are theirs, shard by shard.
  public func validate(_ found: [[String]]) throws(SafetensorsError) {
    let owner = Dictionary(uniqueKeysWithValues: zip(tensors, owners))
    let known = found.map(Set.init)
    for (name, position) in zip(tensors, owners) where !known[position].contains(name) {
      throw .tensorNotInShard(path: path, tensor: name, shard: shards[position])
    }
    for (number, names) in found.enumerated() {
      let unnamed = names.filter { owner[$0] == nil }
      if let twice = names.first(where: { owner[$0] != nil && owner[$0] != number }) {
        let holders = [owner[twice] ?? 0, number].sorted().map { shards[$0] }
        throw .tensorInTwoShards(path: path, tensor: twice, shards: holders)
      }
      guard unnamed.isEmpty else { throw .tensorsNotInIndex(path: path, shard: shards[number], tensors: unnamed) }
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
