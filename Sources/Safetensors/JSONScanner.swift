internal import Tensors

/// Why bytes are not the JSON that was asked for, and where.
public struct JSONFault: Error, Hashable, Sendable {
  public enum Problem: Hashable, Sendable {
    case endsEarly
    /// A byte that cannot stand here, and what can.
    case unexpected(UInt8, expected: String)
    case invalidUTF8
    case controlCharacter(UInt8)
    case invalidEscape
    case loneSurrogate
    /// A sign, a fraction, an exponent or a leading zero where a size stands.
    case notAnExactInteger
    case integerOutOfRange
    case nestedTooDeep(limit: Int)
    case trailingBytes
  }

  public let problem: Problem
  /// Bytes from the start of the document.
  public let offset: Int
}

/// Reads JSON from untrusted bytes in one pass, strictly as RFC 8259 has it, without building a tree.
///
/// The caller asks for what it expects; anything else throws. Only white space may follow the document.
/// Duplicate keys are the caller's to find, since it is the one that keeps keys.
struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0
  private var depth = 0

  /// More than any header needs, and little enough for every stack.
  static let depthLimit = 64

  /// `bytes` must outlive the scanner.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  // MARK: Objects and arrays

  mutating func beginObject() throws(JSONFault) { try begin(UInt8(ascii: "{"), "'{'") }

  mutating func beginArray() throws(JSONFault) { try begin(UInt8(ascii: "["), "'['") }

  /// The next member's key, its value to be read next; nil at the object's end. `isFirst` starts out true.
  mutating func nextKey(_ isFirst: inout Bool) throws(JSONFault) -> String? {
    guard try next(UInt8(ascii: "}"), &isFirst, "',' or '}'") else { return nil }
    let key = try readString()
    try consume(UInt8(ascii: ":"), "':'")
    return key
  }

  /// Whether an element follows, to be read next; false at the array's end. `isFirst` starts out true.
  mutating func nextElement(_ isFirst: inout Bool) throws(JSONFault) -> Bool {
    try next(UInt8(ascii: "]"), &isFirst, "',' or ']'")
  }

  /// Throws unless nothing but white space is left.
  mutating func end() throws(JSONFault) {
    skipSpace()
    guard position == bytes.count else { throw fault(.trailingBytes) }
  }

  private mutating func begin(_ byte: UInt8, _ expected: String) throws(JSONFault) {
    try consume(byte, expected)
    guard depth < JSONScanner.depthLimit else {
      throw JSONFault(problem: .nestedTooDeep(limit: JSONScanner.depthLimit), offset: position - 1)
    }
    depth += 1
  }

  private mutating func next(
    _ closing: UInt8, _ isFirst: inout Bool, _ expected: String
  ) throws(JSONFault) -> Bool {
    skipSpace()
    guard position < bytes.count else { throw fault(.endsEarly) }
    if bytes[position] == closing {
      position += 1
      depth -= 1
      return false
    }
    if isFirst {
      isFirst = false
    } else {
      try consume(UInt8(ascii: ","), expected)
    }
    return true
  }

  // MARK: Values

  /// A number without sign, fraction, exponent or leading zero that fits in `Int`.
  mutating func readSize() throws(JSONFault) -> Int {
    skipSpace()
    let start = position
    guard position < bytes.count else { throw fault(.endsEarly) }
    if bytes[position] == UInt8(ascii: "-") { throw fault(.notAnExactInteger) }
    guard JSONScanner.isDigit(bytes[position]) else {
      throw fault(.unexpected(bytes[position], expected: "an integer"))
    }
    var value = 0
    while position < bytes.count, JSONScanner.isDigit(bytes[position]) {
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tenfold.addingReportingOverflow(Int(bytes[position] & 0x0F))
      guard !overflow, !carry else { throw JSONFault(problem: .integerOutOfRange, offset: start) }
      value = sum
      position += 1
    }
    let hasLeadingZero = bytes[start] == UInt8(ascii: "0") && position - start > 1
    if hasLeadingZero || (position < bytes.count && JSONScanner.continuesNumber(bytes[position])) {
      throw JSONFault(problem: .notAnExactInteger, offset: start)
    }
    return value
  }

  /// Any value, checked but not kept.
  mutating func skipValue() throws(JSONFault) {
    skipSpace()
    guard position < bytes.count else { throw fault(.endsEarly) }
    var isFirst = true
    switch bytes[position] {
    case UInt8(ascii: "{"):
      try beginObject()
      while try nextKey(&isFirst) != nil { try skipValue() }
    case UInt8(ascii: "["):
      try beginArray()
      while try nextElement(&isFirst) { try skipValue() }
    case UInt8(ascii: "\""): _ = try readString()
    case UInt8(ascii: "t"): try skipWord("true")
    case UInt8(ascii: "f"): try skipWord("false")
    case UInt8(ascii: "n"): try skipWord("null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
    default: throw fault(.unexpected(bytes[position], expected: "a value"))
    }
  }

  private mutating func skipWord(_ word: StaticString) throws(JSONFault) {
    for index in 0..<word.utf8CodeUnitCount {
      try consumeHere(word.utf8Start[index], "\(word)")
    }
  }

  private mutating func skipNumber() throws(JSONFault) {
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
      position += 1
    } else {
      try skipDigits()
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      try skipDigits()
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) {
        position += 1
      }
      try skipDigits()
    }
  }

  private mutating func skipDigits() throws(JSONFault) {
    let start = position
    while position < bytes.count, JSONScanner.isDigit(bytes[position]) { position += 1 }
    guard position > start else {
      throw fault(position < bytes.count ? .unexpected(bytes[position], expected: "a digit") : .endsEarly)
    }
  }

  // MARK: Strings

  mutating func readString() throws(JSONFault) -> String {
    try consume(UInt8(ascii: "\""), "'\"'")
    let start = position
    var seen: UInt8 = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        position += 1
        // Nearly every name is ASCII, which needs no validation.
        return seen < 0x80 ? String(decoding: text, as: UTF8.self) : try decode(text, at: start)
      case UInt8(ascii: "\\"): return try readEscapedString(from: start)
      case let byte where byte < 0x20: throw fault(.controlCharacter(byte))
      case let byte:
        seen |= byte
        position += 1
      }
    }
    throw fault(.endsEarly)
  }

  /// Reads on where the first escape stands; `start` is the string's first byte.
  private mutating func readEscapedString(from start: Int) throws(JSONFault) -> String {
    var text = [UInt8](bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      if byte < 0x20 { throw fault(.controlCharacter(byte)) }
      if byte == UInt8(ascii: "\"") {
        let decoded = try text.withUnsafeBytes { span in
          Result { () throws(JSONFault) in try decode(span, at: start) }
        }.get()
        position += 1
        return decoded
      }
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: String(try readEscape()).utf8)
      } else {
        text.append(byte)
        position += 1
      }
    }
    throw fault(.endsEarly)
  }

  private mutating func readEscape() throws(JSONFault) -> Unicode.Scalar {
    let start = position
    guard position + 1 < bytes.count else { throw JSONFault(problem: .endsEarly, offset: bytes.count) }
    let letter = bytes[position + 1]
    position += 2
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw JSONFault(problem: .invalidEscape, offset: start)
    }
    let unit = try readHex(escape: start)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    // A high surrogate must be followed by the escape of a low one.
    let loneSurrogate = JSONFault(problem: .loneSurrogate, offset: start)
    guard unit < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { throw loneSurrogate }
    position += 2
    let low = try readHex(escape: position - 2)
    guard 0xDC00...0xDFFF ~= low,
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { throw loneSurrogate }
    return scalar
  }

  private mutating func readHex(escape start: Int) throws(JSONFault) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count else { throw fault(.endsEarly) }
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
        throw JSONFault(problem: .invalidEscape, offset: start)
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private func decode(_ text: UnsafeRawBufferPointer, at offset: Int) throws(JSONFault) -> String {
    guard let string = String(validating: text, as: UTF8.self) else {
      throw JSONFault(problem: .invalidUTF8, offset: offset)
    }
    return string
  }

  // MARK: Bytes

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
      default: return
      }
    }
  }

  private mutating func consume(_ byte: UInt8, _ expected: String) throws(JSONFault) {
    skipSpace()
    try consumeHere(byte, expected)
  }

  private mutating func consumeHere(_ byte: UInt8, _ expected: String) throws(JSONFault) {
    guard position < bytes.count else { throw fault(.endsEarly) }
    guard bytes[position] == byte else { throw fault(.unexpected(bytes[position], expected: expected)) }
    position += 1
  }

  private func fault(_ problem: JSONFault.Problem) -> JSONFault {
    JSONFault(problem: problem, offset: position)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  private static func continuesNumber(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
  }
}

extension JSONFault: CustomStringConvertible {
  /// `byte 17: ',' or '}' expected, ']' found`
  public var description: String {
    let what =
      switch problem {
      case .endsEarly: "the text ends early"
      case .unexpected(let byte, let expected): "\(expected) expected, \(printable(byte)) found"
      case .invalidUTF8: "a string is not valid UTF-8"
      case .controlCharacter(let byte): "a string contains the bare control character \(printable(byte))"
      case .invalidEscape: "invalid escape in a string"
      case .loneSurrogate: "half of a surrogate pair in a string"
      case .notAnExactInteger: "a size must be a plain non-negative integer"
      case .integerOutOfRange: "an integer is out of range"
      case .nestedTooDeep(let limit): "nested more than \(limit) deep"
      case .trailingBytes: "something follows the end of the JSON text"
      }
    return "byte \(offset): \(what)"
  }
}
