public import Tensors

/// What is wrong with a safetensors file, a sharded checkpoint, or what is to be written as one.
public enum SafetensorsError: Error, Hashable, Sendable {
  case file(FileError)

  // Not such a file at all.
  case emptyFile(path: String)
  case gitLFSPointer(path: String, oid: String, size: String)
  case foreignFormat(path: String, format: ForeignFormat)
  case tooShort(path: String, found: Int)
  case headerTooLong(path: String, limit: Int, found: UInt64)
  /// The file ends before the header does, or before the tensors do.
  case truncated(path: String, expected: Int, found: Int)
  /// `found` is nil where the header is empty.
  case headerNotAnObject(path: String, found: UInt8?)

  // The header's or the index's JSON. `tensor` is the entry that was being read, if one was.
  case invalidJSON(path: String, tensor: String?, fault: JSONFault)
  case duplicateKey(path: String, object: String, key: String)
  case duplicateTensor(path: String, tensor: String)
  case unknownField(path: String, tensor: String, field: String)
  case missingField(path: String, tensor: String, field: String)
  case rangeNotAPair(path: String, tensor: String, count: Int)

  // What the header claims. Offsets count from the first byte after the header.
  case unknownType(path: String, tensor: String, type: String)
  case shapeOutOfRange(path: String, tensor: String, extents: [Int])
  case partialByte(path: String, tensor: String, type: SafetensorsType, shape: Shape)
  case rangeReversed(path: String, tensor: String, begin: Int, end: Int)
  case sizeMismatch(
    path: String, tensor: String, type: SafetensorsType, shape: Shape, expected: Int, found: Int)
  case hole(path: String, tensor: String, expected: Int, found: Int)
  case overlap(path: String, tensor: String, other: String, expected: Int, found: Int)
  case unindexedBytes(path: String, expected: Int, found: Int)

  // Use.
  case tensorNotFound(path: String, tensor: String)
  case unsupportedType(path: String, tensor: String, type: SafetensorsType)

  // Sharded checkpoints. `path` is the index.
  case missingWeightMap(path: String)
  case shardNameNotPlain(path: String, tensor: String, shard: String)
  case shardOutsideFolder(path: String, shard: String, folder: String)
  case shardMissing(path: String, shard: String)
  case tensorNotInShard(path: String, tensor: String, shard: String)
  case tensorInTwoShards(path: String, tensor: String, shards: [String])
  case tensorsNotInIndex(path: String, shard: String, tensors: [String])

  // Writing.
  case reservedName(path: String)
  case tensorDiffersFromHeader(path: String, tensor: String, expected: String, found: String)
}

extension SafetensorsError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .emptyFile(let path): "\(path): the file is empty"
    case .gitLFSPointer(let path, let oid, let size):
      "\(path): a Git LFS pointer instead of the file itself (oid \(printable(oid)),"
        + " size \(printable(size)) bytes); run `git lfs pull`"
    case .foreignFormat(let path, let format): "\(path): not a safetensors file but \(format)"
    case .tooShort(let path, let found):
      "\(path): not a safetensors file: at least 8 bytes expected, \(found) found"
    case .headerTooLong(let path, let limit, let found):
      "\(path): a header of at most \(limit) bytes expected, \(found) found"
    case .truncated(let path, let expected, let found):
      "\(path): the file is cut off: at least \(expected) bytes expected, \(found) found"
    case .headerNotAnObject(let path, nil): "\(path): the header must begin with '{', it is empty"
    case .headerNotAnObject(let path, let found?):
      "\(path): the header must begin with '{', \(printable(found)) found"
    case .invalidJSON(let path, let tensor?, let fault):
      "\(path): tensor \(printable(tensor)): invalid JSON at \(fault)"
    case .invalidJSON(let path, nil, let fault): "\(path): invalid JSON at \(fault)"
    case .duplicateKey(let path, let object, let key):
      "\(path): \(printable(object)) has the key \(printable(key)) twice"
    case .duplicateTensor(let path, let tensor): "\(path): tensor \(printable(tensor)) is listed twice"
    case .unknownField(let path, let tensor, let field):
      "\(path): tensor \(printable(tensor)): unknown field \(printable(field));"
        + " dtype, shape and data_offsets expected"
    case .missingField(let path, let tensor, let field):
      "\(path): tensor \(printable(tensor)): \(field) is missing"
    case .rangeNotAPair(let path, let tensor, let count):
      "\(path): tensor \(printable(tensor)): data_offsets must hold 2 integers, \(count) found"
    case .unknownType(let path, let tensor, let type):
      "\(path): tensor \(printable(tensor)): unknown dtype \(printable(type))"
    case .shapeOutOfRange(let path, let tensor, let extents):
      "\(path): tensor \(printable(tensor)): shape \(brief(extents)) has too many elements"
    case .partialByte(let path, let tensor, let type, let shape):
      "\(path): tensor \(printable(tensor)): \(type) \(brief(shape.extents)) does not fill whole bytes"
    case .rangeReversed(let path, let tensor, let begin, let end):
      "\(path): tensor \(printable(tensor)): data_offsets run backwards, from \(begin) to \(end)"
    case .sizeMismatch(let path, let tensor, let type, let shape, let expected, let found):
      "\(path): tensor \(printable(tensor)): \(type) \(brief(shape.extents)) takes \(expected) bytes,"
        + " data_offsets span \(found)"
    case .hole(let path, let tensor, let expected, let found):
      "\(path): tensor \(printable(tensor)) leaves a hole before it:"
        + " begin \(expected) expected, \(found) found"
    case .overlap(let path, let tensor, let other, let expected, let found):
      "\(path): tensor \(printable(tensor)) overlaps \(printable(other)):"
        + " begin \(expected) expected, \(found) found"
    case .unindexedBytes(let path, let expected, let found):
      "\(path): bytes after the last tensor: a file of \(expected) bytes expected, \(found) found"
    case .tensorNotFound(let path, let tensor): "\(path): no tensor \(printable(tensor))"
    case .unsupportedType(let path, let tensor, let type):
      "\(path): tensor \(printable(tensor)): \(type) is not a type to compute with"
    case .missingWeightMap(let path): "\(path): weight_map is missing"
    case .shardNameNotPlain(let path, let tensor, let shard):
      "\(path): tensor \(printable(tensor)): a shard must be a file name in the index's folder,"
        + " \(printable(shard)) found"
    case .shardOutsideFolder(let path, let shard, let folder):
      "\(path): shard \(printable(shard)) is a link to a file outside \(folder)"
    case .shardMissing(let path, let shard): "\(path): shard \(printable(shard)) is missing"
    case .tensorNotInShard(let path, let tensor, let shard):
      "\(path): tensor \(printable(tensor)) is not in shard \(printable(shard))"
    case .tensorInTwoShards(let path, let tensor, let shards):
      "\(path): tensor \(printable(tensor)) is in more than one shard:"
        + " \(shards.map { printable($0) }.joined(separator: ", "))"
    case .tensorsNotInIndex(let path, let shard, let tensors):
      "\(path): shard \(printable(shard)) holds tensors that the index does not name: "
        + tensors.prefix(20).map { printable($0) }.joined(separator: ", ")
        + (tensors.count > 20 ? " and \(tensors.count - 20) more" : "")
    case .reservedName(let path): "\(path): no tensor may be named \"__metadata__\""
    case .tensorDiffersFromHeader(let path, let tensor, let expected, let found):
      "\(path): tensor \(printable(tensor)): \(expected) announced, \(found) given"
    }
  }
}
