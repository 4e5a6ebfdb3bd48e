import Tensors

/// Copies a model's message without its tensors' bytes, so that unpacking takes little memory and time.
///
/// Only fields that `WireMessage` lists are copied. A tensor's `raw_data` becomes a note of 16 bytes: where in the
/// file the bytes begin and how many they are. Every length is checked against the message that holds it, and
/// nesting is bounded, which libprotobuf-c does not do.
struct WireScanner {
  /// Messages within messages; a model's own take eight, and every subgraph three more.
  static let depthLimit = 64
  /// Bytes of the copy. Models keep their weights in `raw_data`; what stores them as lists of numbers is copied.
  static let sizeLimit = 1 << 30

  let path: String
  let bytes: UnsafeRawBufferPointer
  private(set) var copy: [UInt8] = []

  init(path: String, bytes: UnsafeRawBufferPointer) {
    self.path = path
    self.bytes = bytes
  }

  mutating func scan() throws(ONNXError) {
    try scan(.model, 0..<bytes.count, depth: 1)
  }

  private mutating func scan(_ message: WireMessage, _ range: Range<Int>, depth: Int) throws(ONNXError) {
    guard depth <= WireScanner.depthLimit else {
      throw .nestedTooDeep(path: path, offset: range.lowerBound, limit: WireScanner.depthLimit)
    }
    var position = range.lowerBound
    while position < range.upperBound {
      let start = position
      let key = try number(&position, range.upperBound)
      let wireType = Int(key & 7)
      let field = Int(truncatingIfNeeded: key >> 3)
      let content = try self.content(wireType, &position, range.upperBound, start)
      guard let kind = message.field(field) else { continue }
      if case .number = kind {
        append(bytes[start..<position])
      } else {
        guard wireType == 2 else {
          throw .wrongWireType(
            path: path, offset: start, message: message.rawValue, field: field, expected: 2, found: wireType)
        }
        try append(kind, field, content, depth: depth)
      }
      guard copy.count <= WireScanner.sizeLimit else { throw .tooLarge(path: path, limit: WireScanner.sizeLimit) }
    }
  }

  /// Copies a field of wire type 2.
  private mutating func append(
    _ kind: WireMessage.Field, _ field: Int, _ content: Range<Int>, depth: Int
  ) throws(ONNXError) {
    append(UInt64(field) << 3 | 2)
    switch kind {
    case .message(let inner):
      let place = reserveLength()
      try scan(inner, content, depth: depth + 1)
      settleLength(at: place)
    case .text:
      let text = UnsafeRawBufferPointer(rebasing: bytes[content])
      guard !text.contains(0), String(validating: text, as: UTF8.self) != nil else {
        throw .textNotUTF8(path: path, offset: content.lowerBound)
      }
      append(UInt64(content.count))
      append(bytes[content])
    case .bytes, .number:
      append(UInt64(content.count))
      append(bytes[content])
    case .rawData:
      append(RawDataNote.size)
      copy += RawDataNote(offset: content.lowerBound, count: content.count).bytes
    }
  }

  /// Moves past a field's content; the range is that of wire type 2, without its length.
  private func content(
    _ wireType: Int, _ position: inout Int, _ end: Int, _ start: Int
  ) throws(ONNXError) -> Range<Int> {
    let count: UInt64
    switch wireType {
    case 0:
      _ = try number(&position, end)
      return position..<position
    case 1: count = 8
    case 2: count = try number(&position, end)
    case 5: count = 4
    default: throw .unknownWireType(path: path, offset: start, found: wireType)
    }
    guard count <= UInt64(end - position) else {
      throw .truncated(path: path, offset: position, expected: count, found: end - position)
    }
    let content = position..<position + Int(count)
    position = content.upperBound
    return content
  }

  /// A base-128 number of at most ten bytes.
  private func number(_ position: inout Int, _ end: Int) throws(ONNXError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw .truncated(path: path, offset: position, expected: 1, found: 0) }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw .malformedNumber(path: path, offset: start)
  }

  // MARK: Writing the copy

  private mutating func append(_ source: Slice<UnsafeRawBufferPointer>) { copy += source }

  private mutating func append(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      copy.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    copy.append(UInt8(truncatingIfNeeded: rest))
  }

  /// A length that is known later takes five bytes, the most that one below `sizeLimit` needs.
  private mutating func reserveLength() -> Int {
    copy += [0x80, 0x80, 0x80, 0x80, 0]
    return copy.count
  }

  private mutating func settleLength(at place: Int) {
    var rest = copy.count - place
    for index in place - 5..<place {
      copy[index] = UInt8(rest & 0x7F) | (index < place - 1 ? 0x80 : 0)
      rest >>= 7
    }
  }
}

/// Where in the file a tensor's bytes are: what stands in the copy in their place.
struct RawDataNote {
  static let size: UInt64 = 16
  let offset: Int
  let count: Int

  init(offset: Int, count: Int) {
    self.offset = offset
    self.count = count
  }

  /// Nil where the bytes are no note.
  init?(reading bytes: UnsafeRawBufferPointer) {
    var reader = ByteReader(bytes)
    guard bytes.count == Int(RawDataNote.size), let offset = reader.read(Int64.self),
      let count = reader.read(Int64.self)
    else { return nil }
    self.offset = Int(offset)
    self.count = Int(count)
  }

  var bytes: [UInt8] {
    [offset, count].flatMap { value in withUnsafeBytes(of: UInt64(value).littleEndian) { Array($0) } }
  }
}
