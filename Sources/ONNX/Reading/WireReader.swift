/// Reads protobuf's wire format from untrusted bytes, one field of a message at a time, every access checked.
struct WireReader {
  /// The whole file, so that positions are offsets into it.
  private let bytes: UnsafeRawBufferPointer
  private(set) var position: Int
  /// Where the message ends, never past the file's end.
  private let end: Int
  /// For faults.
  private let message: String

  struct Tag {
    let number: Int
    let wireType: Int
    /// Where the tag begins.
    let offset: Int
  }

  static let varint = 0, fixed64 = 1, lengthDelimited = 2, fixed32 = 5

  /// `range` lies within `bytes`, which must outlive the reader.
  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, message: String) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
    self.message = message
  }

  var isAtEnd: Bool { position >= end }

  mutating func readTag() throws(WireFault) -> Tag {
    let offset = position
    let key = try readVarint()
    // Field numbers have 29 bits.
    guard 1..<(1 << 29) ~= key >> 3 else { throw fault(.fieldNumberOutOfRange(key >> 3), at: offset) }
    return Tag(number: Int(key >> 3), wireType: Int(key & 7), offset: offset)
  }

  /// The range of a field's value: of the number itself, or of what follows the length.
  mutating func readValue(of tag: Tag) throws(WireFault) -> Range<Int> {
    switch tag.wireType {
    case WireReader.varint:
      let start = position
      _ = try readVarint()
      return start..<position
    case WireReader.fixed64: return try skip(8, tag)
    case WireReader.fixed32: return try skip(4, tag)
    case WireReader.lengthDelimited: return try skip(try readVarint(), tag)
    default: throw fault(.unknownWireType(tag.wireType), at: tag.offset)
    }
  }

  mutating func readVarint() throws(WireFault) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw fault(.endsEarly, at: start) }
      let byte = UInt64(bytes[position])
      position += 1
      guard shift < 63 || byte <= 1 else { break }
      value |= (byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw fault(.varintTooLong, at: start)
  }

  func fault(_ problem: WireFault.Problem, at offset: Int) -> WireFault {
    WireFault(problem: problem, message: message, offset: offset)
  }

  private mutating func skip(_ count: UInt64, _ tag: Tag) throws(WireFault) -> Range<Int> {
    guard count <= UInt64(end - position) else {
      guard tag.wireType == WireReader.lengthDelimited else { throw fault(.endsEarly, at: tag.offset) }
      throw fault(.lengthPastEnd(expected: count, found: end - position), at: tag.offset)
    }
    let start = position
    position += Int(count)
    return start..<position
  }
}
