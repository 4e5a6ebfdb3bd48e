import Foundation

/// A configuration file's contents, read key by key with errors that name the key.
public enum JSONValue: Codable, Hashable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Reads a JSON object; throws where the text is something else.
  public init(object text: [UInt8]) throws(BackboneError) {
    do {
      self = try JSONDecoder().decode(JSONValue.self, from: Data(text))
    } catch {
      throw .configMalformed(reason: "it cannot be parsed")
    }
    guard case .object = self else { throw .configMalformed(reason: "it holds another kind of value") }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// The value under a key; nil where it is absent or null.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self, let value = members[key], value != .null else { return nil }
    return value
  }

  /// The keys of an object, sorted.
  public var keys: [String] {
    guard case .object(let members) = self else { return [] }
    return members.keys.sorted()
  }

  public func text(_ key: String) throws(BackboneError) -> String? {
    guard let value = self[key] else { return nil }
    guard case .string(let text) = value else { throw wrong(key, "text", value) }
    return text
  }

  public func number(_ key: String) throws(BackboneError) -> Double? {
    guard let value = self[key] else { return nil }
    guard case .number(let number) = value, number.isFinite else { throw wrong(key, "a number", value) }
    return number
  }

  /// What a norm adds to the variance.
  func epsilon(_ key: String) throws(BackboneError) -> Double? {
    guard let value = self[key] else { return nil }
    guard case .number(let number) = value, number.isFinite, number > 0 else {
      throw wrong(key, "a number above 0", value)
    }
    return number
  }

  public func integer(_ key: String, in range: ClosedRange<Int> = 0...1_000_000) throws(BackboneError) -> Int? {
    guard let value = self[key] else { return nil }
    return try value.wholeNumber(key, in: range)
  }

  public func flag(_ key: String) throws(BackboneError) -> Bool? {
    guard let value = self[key] else { return nil }
    guard case .bool(let flag) = value else { throw wrong(key, "true or false", value) }
    return flag
  }

  /// One integer for both, or two: height, width.
  func extents(_ key: String) throws(BackboneError) -> (height: Int, width: Int)? {
    guard let value = self[key] else { return nil }
    if case .array(let items) = value {
      guard items.count == 2 else { throw wrong(key, "one or two integers", value) }
      return (try items[0].wholeNumber(key, in: 1...100_000), try items[1].wholeNumber(key, in: 1...100_000))
    }
    let extent = try value.wholeNumber(key, in: 1...100_000)
    return (extent, extent)
  }

  /// The images' height and width that timm's config.json states: the network's argument, or else what it was
  /// trained on.
  func timmImageSize() throws(BackboneError) -> (height: Int, width: Int)? {
    if let size = try self["model_args"]?.extents("img_size") { return size }
    guard let size = self["pretrained_cfg"]?["input_size"] else { return nil }
    guard case .array(let extents) = size, extents.count == 3 else {
      throw wrong("pretrained_cfg.input_size", "three integers: channels, height, width", size)
    }
    return try JSONValue.object(["pretrained_cfg.input_size": .array([extents[1], extents[2]])])
      .extents("pretrained_cfg.input_size")
  }

  private func wholeNumber(_ key: String, in range: ClosedRange<Int>) throws(BackboneError) -> Int {
    guard case .number(let number) = self, let integer = Int(exactly: number), range.contains(integer) else {
      throw wrong(key, "an integer from \(range.lowerBound) to \(range.upperBound)", self)
    }
    return integer
  }

  private func wrong(_ key: String, _ expected: String, _ value: JSONValue) -> BackboneError {
    .configValue(key: key, expected: expected, found: "\(value)")
  }
}

extension JSONValue: CustomStringConvertible {
  public var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value): Int(exactly: value).map(String.init) ?? "\(value)"
    case .string(let value): "\"\(value)\""
    case .array(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .object(let members): "{" + members.keys.sorted().joined(separator: ", ") + "}"
    }
  }
}
