internal import Tensors

/// Reads the JSON of an index: see `SafetensorsIndex`.
enum IndexParser {
  /// Tensor names and the shards that hold them, sorted by tensor name; every shard is a plain file name.
  static func weightMap(path: String) throws(SafetensorsError) -> [(name: String, shard: String)] {
    let file: MappedFile
    do throws(FileError) {
      file = try MappedFile(path: path)
    } catch {
      throw .file(error)
    }
    defer { withExtendedLifetime(file) {} }
    try refuseWrongFile(file)

    let maps: [[(name: String, shard: String)]]
    do throws(JSONFault) {
      maps = try weightMaps(in: file.bytes)
    } catch {
      throw .invalidJSON(path: path, tensor: nil, fault: error)
    }
    guard let map = maps.first else { throw .missingWeightMap(path: path) }
    guard maps.count == 1 else { throw .duplicateKey(path: path, object: "index", key: "weight_map") }
    let sorted = map.sorted { $0.name < $1.name }
    for (entry, next) in zip(sorted, sorted.dropFirst()) where entry.name == next.name {
      throw .duplicateKey(path: path, object: "weight_map", key: entry.name)
    }
    for (name, shard) in sorted {
      guard isPlainFileName(shard) else { throw .shardNameNotPlain(path: path, tensor: name, shard: shard) }
    }
    return sorted
  }

  private static func refuseWrongFile(_ file: MappedFile) throws(SafetensorsError) {
    guard file.bytes.count <= SafetensorsHeader.lengthLimit else {
      let size = UInt64(file.bytes.count)
      throw .headerTooLong(path: file.path, limit: SafetensorsHeader.lengthLimit, found: size)
    }
    switch SafetensorsError.wrongFile(file.bytes, path: file.path) {
    case .some(.foreignFormat(_, .json)), .none: return
    case .some(let error): throw error
    }
  }

  /// Every `weight_map` of the document, of which there should be one.
  private static func weightMaps(
    in bytes: UnsafeRawBufferPointer
  ) throws(JSONFault) -> [[(name: String, shard: String)]] {
    var maps: [[(name: String, shard: String)]] = []
    var scanner = JSONScanner(bytes)
    try scanner.beginObject()
    var isFirst = true
    while let key = try scanner.nextKey(&isFirst) {
      guard key == "weight_map" else {
        try scanner.skipValue()
        continue
      }
      var map: [(name: String, shard: String)] = []
      try scanner.beginObject()
      var isFirstTensor = true
      while let name = try scanner.nextKey(&isFirstTensor) {
        map.append((name, try scanner.readString()))
      }
      maps.append(map)
    }
    try scanner.end()
    return maps
  }

  private static func isPlainFileName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
  }
}
