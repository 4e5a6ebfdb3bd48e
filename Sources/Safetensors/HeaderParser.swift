import Tensors

/// Reads a header's JSON, checking each entry by itself; `SafetensorsHeader` checks them against each other.
struct HeaderParser {
  struct Entry {
    let name: String
    let type: SafetensorsType
    let shape: Shape
    /// Offsets into the buffer, `begin <= end`; the bytes between are as many as type and shape ask for.
    let begin, end: Int
  }

  private(set) var metadata: [String: String] = [:]
  /// In the header's order.
  private(set) var entries: [Entry] = []

  private var scanner: JSONScanner
  private let path: String
  private var hasMetadata = false

  init(_ header: UnsafeRawBufferPointer, path: String) {
    scanner = JSONScanner(header)
    self.path = path
  }

  mutating func parse() throws(SafetensorsError) {
    try scan(nil) { (json) throws(JSONFault) in try json.beginObject() }
    var isFirst = true
    while let key = try scan(nil, { (json) throws(JSONFault) in try json.nextKey(&isFirst) }) {
      if key == SafetensorsHeader.metadataKey {
        try parseMetadata()
      } else {
        try parseEntry(key)
      }
    }
    try scan(nil) { (json) throws(JSONFault) in try json.end() }
  }

  private mutating func parseMetadata() throws(SafetensorsError) {
    let object = SafetensorsHeader.metadataKey
    guard !hasMetadata else { throw .duplicateKey(path: path, object: "header", key: object) }
    hasMetadata = true
    try scan(object) { (json) throws(JSONFault) in try json.beginObject() }
    var isFirst = true
    while let key = try scan(object, { (json) throws(JSONFault) in try json.nextKey(&isFirst) }) {
      let value = try scan(object) { (json) throws(JSONFault) in try json.readString() }
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw .duplicateKey(path: path, object: object, key: key)
      }
    }
  }

  private mutating func parseEntry(_ name: String) throws(SafetensorsError) {
    var typeName: String?
    var extents: [Int]?
    var range: [Int]?
    try scan(name) { (json) throws(JSONFault) in try json.beginObject() }
    var isFirst = true
    while let field = try scan(name, { (json) throws(JSONFault) in try json.nextKey(&isFirst) }) {
      let isRepeated: Bool
      switch field {
      case "dtype":
        isRepeated = typeName != nil
        typeName = try scan(name) { (json) throws(JSONFault) in try json.readString() }
      case "shape":
        isRepeated = extents != nil
        extents = try scan(name) { (json) throws(JSONFault) in try json.readSizes() }
      case "data_offsets":
        isRepeated = range != nil
        range = try scan(name) { (json) throws(JSONFault) in try json.readSizes() }
      default: throw .unknownField(path: path, tensor: name, field: field)
      }
      if isRepeated { throw .duplicateKey(path: path, object: name, key: field) }
    }
    guard let typeName else { throw .missingField(path: path, tensor: name, field: "dtype") }
    guard let extents else { throw .missingField(path: path, tensor: name, field: "shape") }
    guard let range else { throw .missingField(path: path, tensor: name, field: "data_offsets") }
    entries.append(try check(name, typeName, extents, range))
  }

  private func check(
    _ name: String, _ typeName: String, _ extents: [Int], _ range: [Int]
  ) throws(SafetensorsError) -> Entry {
    guard range.count == 2 else { throw .rangeNotAPair(path: path, tensor: name, count: range.count) }
    let (begin, end) = (range[0], range[1])
    guard begin <= end else { throw .rangeReversed(path: path, tensor: name, begin: begin, end: end) }
    guard let type = SafetensorsType(rawValue: typeName) else {
      throw .unknownType(path: path, tensor: name, type: typeName)
    }
    guard let shape = Shape(checking: extents) else {
      throw .shapeOutOfRange(path: path, tensor: name, extents: extents)
    }
    guard let byteCount = type.byteCount(of: shape) else {
      throw .partialByte(path: path, tensor: name, type: type, shape: shape)
    }
    guard byteCount == end - begin else {
      throw .sizeMismatch(
        path: path, tensor: name, type: type, shape: shape, expected: byteCount, found: end - begin)
    }
    return Entry(name: name, type: type, shape: shape, begin: begin, end: end)
  }

  /// Reads from the scanner, adding to a fault which tensor it struck.
  @inline(__always)
  private mutating func scan<Value>(
    _ tensor: String?, _ read: (inout JSONScanner) throws(JSONFault) -> Value
  ) throws(SafetensorsError) -> Value {
    do throws(JSONFault) {
      return try read(&scanner)
    } catch {
      throw .invalidJSON(path: path, tensor: tensor, fault: error)
    }
  }
}

extension JSONScanner {
  fileprivate mutating func readSizes() throws(JSONFault) -> [Int] {
    var sizes: [Int] = []
    var isFirst = true
    try beginArray()
    while try nextElement(&isFirst) { sizes.append(try readSize()) }
    return sizes
  }
}
