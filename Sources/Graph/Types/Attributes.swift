public import Tensors

/// An operator's settings as they stand in files and listings.
public struct Attributes: Hashable, Sendable {
  public enum Value: Hashable, Sendable {
    case integer(Int)
    case integers([Int])
    case number(Double)
    case numbers([Double])
    case text(String)
    case dimensions([Dimension])
  }

  public private(set) var values: [String: Value]

  public init(_ values: [String: Value] = [:]) { self.values = values }

  public var sorted: [(name: String, value: Value)] {
    values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func found(_ name: String) -> String { values[name].map { "\($0)" } ?? "absent" }

  public func integer(_ name: String, of op: String) throws(TypeError) -> Int {
    guard case .integer(let value)? = values[name] else {
      throw .attribute(op: op, name: name, expected: "an integer", found: found(name))
    }
    return value
  }

  public func flag(_ name: String, of op: String) throws(TypeError) -> Bool { try integer(name, of: op) != 0 }

  public func integers(_ name: String, of op: String) throws(TypeError) -> [Int] {
    guard case .integers(let value)? = values[name] else {
      throw .attribute(op: op, name: name, expected: "integers", found: found(name))
    }
    return value
  }

  public func number(_ name: String, of op: String) throws(TypeError) -> Double {
    guard case .number(let value)? = values[name] else {
      throw .attribute(op: op, name: name, expected: "a number", found: found(name))
    }
    return value
  }

  public func numbers(_ name: String, of op: String) throws(TypeError) -> [Double] {
    guard case .numbers(let value)? = values[name] else {
      throw .attribute(op: op, name: name, expected: "numbers", found: found(name))
    }
    return value
  }

  public func dimensions(_ name: String, of op: String) throws(TypeError) -> [Dimension] {
    guard case .dimensions(let value)? = values[name] else {
      throw .attribute(op: op, name: name, expected: "dimensions", found: found(name))
    }
    return value
  }

  /// An element type by its short name.
  public func element(_ name: String, of op: String) throws(TypeError) -> ElementType {
    guard case .text(let word)? = values[name], let element = ElementType(shortName: word) else {
      throw .attribute(op: op, name: name, expected: "an element type", found: found(name))
    }
    return element
  }

  /// One of a closed set of words.
  public func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, of op: String, _: Choice.Type = Choice.self
  ) throws(TypeError) -> Choice where Choice.RawValue == String {
    guard case .text(let word)? = values[name], let choice = Choice(rawValue: word) else {
      let words = Choice.allCases.map(\.rawValue).sorted().joined(separator: ", ")
      throw .attribute(op: op, name: name, expected: "one of \(words)", found: found(name))
    }
    return choice
  }
}

extension Attributes.Value: CustomStringConvertible {
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .integers(let values): "[" + values.map(String.init).joined(separator: ", ") + "]"
    case .number(let value): "\(value)"
    case .numbers(let values): "[" + values.map { "\($0)" }.joined(separator: ", ") + "]"
    case .text(let word): word
    case .dimensions(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    }
  }
}
