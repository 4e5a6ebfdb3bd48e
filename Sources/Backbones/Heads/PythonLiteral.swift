/// Reads settings written as Python assigns them, as mmcv keeps a whole configuration in a checkpoint: names, literals,
/// lists, tuples, dicts, and calls of `dict`. Nothing is evaluated.
struct PythonLiteral {
  private let bytes: [UInt8]
  private var place = 0
  private static let depthLimit = 64

  private init(_ text: String) { bytes = Array(text.utf8) }

  /// The assigned values as an object by their names.
  static func assignments(_ text: String) throws(BackboneError) -> JSONValue {
    var reader = PythonLiteral(text)
    var members: [String: JSONValue] = [:]
    reader.skip()
    while reader.place < reader.bytes.count {
      let name = try reader.name()
      try reader.take("=")
      members[name] = try reader.value(depth: 0)
      reader.skip()
    }
    return .object(members)
  }

  // MARK: Characters

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skip() {
    while let byte = next {
      if byte == UInt8(ascii: "#") {
        while let other = next, other != UInt8(ascii: "\n") {
          _ = other
          place += 1
        }
      } else if [32, 9, 10, 13].contains(byte) {
        place += 1
      } else {
        return
      }
    }
  }

  private mutating func accept(_ character: Character) -> Bool {
    skip()
    guard let byte = next, byte == character.asciiValue else { return false }
    place += 1
    return true
  }

  private mutating func take(_ character: Character) throws(BackboneError) {
    guard accept(character) else { throw fault("'\(character)' expected") }
  }

  private func fault(_ reason: String) -> BackboneError {
    let line = bytes.prefix(place).count { $0 == UInt8(ascii: "\n") } + 1
    return .configMalformed(reason: "line \(line) of the configuration in the checkpoint: \(reason)")
  }

  private mutating func name() throws(BackboneError) -> String {
    skip()
    let start = place
    while let byte = next, byte == UInt8(ascii: "_") || isLetter(byte) || isDigit(byte) { place += 1 }
    guard place > start, !isDigit(bytes[start]) else { throw fault("a name expected") }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
  private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

  // MARK: Values

  private mutating func value(depth: Int) throws(BackboneError) -> JSONValue {
    guard depth < Self.depthLimit else { throw fault("nested deeper than \(Self.depthLimit)") }
    skip()
    guard let byte = next else { throw fault("a value expected") }
    switch byte {
    case UInt8(ascii: "["):
      place += 1
      return .array(try items(until: "]", depth).items)
    case UInt8(ascii: "("):
      place += 1
      let (items, hasComma) = try items(until: ")", depth)
      return items.count == 1 && !hasComma ? items[0] : .array(items)
    case UInt8(ascii: "{"):
      place += 1
      return try members(depth)
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try text())
    case UInt8(ascii: "-"), UInt8(ascii: "."), 48...57: return try number()
    default: return try word(depth)
    }
  }

  private mutating func word(_ depth: Int) throws(BackboneError) -> JSONValue {
    switch try name() {
    case "None": return .null
    case "True": return .bool(true)
    case "False": return .bool(false)
    case "dict":
      try take("(")
      var members: [String: JSONValue] = [:]
      while !accept(")") {
        let key = try name()
        try take("=")
        members[key] = try value(depth: depth + 1)
        if !accept(",") {
          try take(")")
          break
        }
      }
      return .object(members)
    case let other: throw fault("\(other.prefix(40)) is no literal")
    }
  }

  private mutating func items(
    until end: Character, _ depth: Int
  ) throws(BackboneError) -> (items: [JSONValue], hasComma: Bool) {
    var (items, hasComma): ([JSONValue], Bool) = ([], false)
    while !accept(end) {
      items.append(try value(depth: depth + 1))
      guard accept(",") else {
        try take(end)
        break
      }
      hasComma = true
    }
    return (items, hasComma)
  }

  /// Keys that are no text are written as text.
  private mutating func members(_ depth: Int) throws(BackboneError) -> JSONValue {
    var members: [String: JSONValue] = [:]
    while !accept("}") {
      let key = try value(depth: depth + 1)
      try take(":")
      let name = if case .string(let text) = key { text } else { "\(key)" }
      members[name] = try value(depth: depth + 1)
      guard accept(",") else {
        try take("}")
        break
      }
    }
    return .object(members)
  }

  private mutating func number() throws(BackboneError) -> JSONValue {
    let start = place
    while let byte = next, isDigit(byte) || isLetter(byte) || [43, 45, 46, 95].contains(byte) { place += 1 }
    let text = String(decoding: bytes[start..<place].filter { $0 != 95 }, as: UTF8.self)
    guard let number = Double(text), number.isFinite else { throw fault("\(text.prefix(40)) is no number") }
    return .number(number)
  }

  /// Neighbouring texts are one, as in Python.
  private mutating func text() throws(BackboneError) -> String {
    var result: [UInt8] = []
    while let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
      place += 1
      while true {
        guard let byte = next, byte != UInt8(ascii: "\n") else { throw fault("a text does not end") }
        place += 1
        if byte == quote { break }
        guard byte == UInt8(ascii: "\\") else {
          result.append(byte)
          continue
        }
        guard let escaped = next else { throw fault("a text does not end") }
        place += 1
        result.append(escaped == UInt8(ascii: "n") ? 10 : escaped == UInt8(ascii: "t") ? 9 : escaped)
      }
      skip()
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension JSONValue {
  /// Reads the configuration that mmcv keeps in a checkpoint: Python that assigns literals to names.
  public init(python text: String) throws(BackboneError) { self = try PythonLiteral.assignments(text) }
}
