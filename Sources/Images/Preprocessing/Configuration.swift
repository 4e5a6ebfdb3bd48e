#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One object of a JSON configuration, read key by key; every error names the key.
struct Configuration {
  /// Such files hold options and class names; anything larger is something else.
  static let byteLimit = 16 << 20

  private let container: KeyedDecodingContainer<Key>
  private let prefix: String
  let path: String?

  init(_ bytes: UnsafeRawBufferPointer, path: String?) throws(ImageError) {
    guard bytes.count <= Self.byteLimit else {
      throw .configurationTooLarge(bytes: bytes.count, limit: Self.byteLimit, path: path)
    }
    guard !bytes.isEmpty else { throw .notAConfiguration(found: "an empty file", path: path) }
    let root: Root
    do {
      root = try JSONDecoder().decode(Root.self, from: Data(bytes))
    } catch DecodingError.typeMismatch {
      throw .notAConfiguration(found: "another kind of JSON value", path: path)
    } catch {
      throw .notAConfiguration(found: bytes.looksLike ?? "the JSON is malformed", path: path)
    }
    container = root.container
    prefix = ""
    self.path = path
  }

  private init(_ container: KeyedDecodingContainer<Key>, prefix: String, path: String?) {
    self.container = container
    self.prefix = prefix
    self.path = path
  }

  /// The object under a key; nil where the key is absent or null.
  func object(_ key: String) throws(ImageError) -> Configuration? {
    guard value(key) != nil else { return nil }
    guard let nested = try? container.nestedContainer(keyedBy: Key.self, forKey: Key(key)) else {
      throw wrongType(key, "an object")
    }
    return Configuration(nested, prefix: name(key) + ".", path: path)
  }

  func boolean(_ key: String) throws(ImageError) -> Bool? {
    switch value(key) {
    case nil: return nil
    case .boolean(let value): return value
    default: throw wrongType(key, "true or false")
    }
  }

  func string(_ key: String) throws(ImageError) -> String? {
    switch value(key) {
    case nil: return nil
    case .string(let value): return value
    default: throw wrongType(key, "a string")
    }
  }

  func number(_ key: String) throws(ImageError) -> Double? {
    switch value(key) {
    case nil: return nil
    case .number(let value): return value
    default: throw wrongType(key, "a number")
    }
  }

  /// A whole number.
  func integer(_ key: String) throws(ImageError) -> Int? {
    guard let value = value(key) else { return nil }
    guard case .number(let number) = value, let integer = Int(exactly: number) else {
      throw wrongType(key, "a whole number")
    }
    return integer
  }

  /// A length in pixels.
  func side(_ key: String) throws(ImageError) -> Int? {
    guard let side = try integer(key) else { return nil }
    return try checkedSide(side, key)
  }

  /// Longer sides are refused: no network's input has them, and sizes stay far from overflow.
  func checkedSide(_ side: Int, _ key: String) throws(ImageError) -> Int {
    guard 1...65535 ~= side else { throw unsupported(key, "\(side)", "a length from 1 to 65535 pixels") }
    return side
  }

  /// Numbers for red, green and blue, finite in single precision.
  func channels(_ key: String) throws(ImageError) -> SIMD3<Double>? {
    guard let values = try numbers(key, count: 3) else { return nil }
    guard values.allSatisfy({ Float($0).isFinite }) else {
      throw unsupported(key, "an infinite number", "finite numbers")
    }
    return SIMD3(values[0], values[1], values[2])
  }

  /// An array of exactly `count` numbers.
  func numbers(_ key: String, count: Int) throws(ImageError) -> [Double]? {
    guard let value = value(key) else { return nil }
    guard case .array(let elements) = value else { throw wrongType(key, "an array of \(count) numbers") }
    let numbers = elements.compactMap { element in
      if case .number(let number) = element { number } else { nil }
    }
    guard elements.count == count, numbers.count == count else {
      throw wrongType(key, "an array of \(count) numbers")
    }
    return numbers
  }

  /// What stands under a key; nil where the key is absent or null.
  func value(_ key: String) -> Value? {
    guard let value = try? container.decode(Value.self, forKey: Key(key)) else { return nil }
    if case .null = value { return nil }
    return value
  }

  func missing(_ key: String) -> ImageError { .missingKey(name(key), path: path) }

  func wrongType(_ key: String, _ expected: String) -> ImageError {
    .wrongType(key: name(key), expected: expected, found: value(key)?.kind ?? "nothing", path: path)
  }

  func unsupported(_ key: String, _ found: String, _ expected: String) -> ImageError {
    .unsupportedValue(key: name(key), expected: expected, found: found, path: path)
  }

  private func name(_ key: String) -> String { prefix + key }

  private struct Root: Decodable {
    let container: KeyedDecodingContainer<Key>
    init(from decoder: any Decoder) throws { container = try decoder.container(keyedBy: Key.self) }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

extension Configuration {
  /// Any JSON value, an object without its members.
  enum Value: Decodable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([Value])
    case object

    init(from decoder: any Decoder) throws {
      let single = try decoder.singleValueContainer()
      if single.decodeNil() {
        self = .null
      } else if let value = try? single.decode(Bool.self) {
        self = .boolean(value)
      } else if let value = try? single.decode(Double.self) {
        self = .number(value)
      } else if let value = try? single.decode(String.self) {
        self = .string(value)
      } else if let value = try? single.decode([Value].self) {
        self = .array(value)
      } else {
        self = .object
      }
    }

    var kind: String {
      switch self {
      case .null: "null"
      case .boolean(let value): "\(value)"
      case .number(let value): "the number \(value.formatted)"
      case .string(let value): "the string \"\(value.prefix(40))\""
      case .array(let values):
        values.count == 1 ? "an array of 1 value" : "an array of \(values.count) values"
      case .object: "an object"
      }
    }
  }
}

extension Double {
  /// Whole numbers without a fraction.
  fileprivate var formatted: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
