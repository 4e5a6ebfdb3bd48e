// The text form of a dimension, in reports and in files: `197`, `N`, `1 + floor(H/16)*floor(W/16)`.

extension Dimension: CustomStringConvertible {
  public var description: String {
    guard !terms.isEmpty else { return "0" }
    var text = ""
    for term in terms {
      let magnitude = abs(term.coefficient)
      let factors = term.factors.map(\.description)
      let body = (magnitude == 1 && !factors.isEmpty ? factors : ["\(magnitude)"] + factors).joined(separator: "*")
      if text.isEmpty {
        text = term.coefficient < 0 ? "-" + body : body
      } else {
        text += (term.coefficient < 0 ? " - " : " + ") + body
      }
    }
    return text
  }

  /// Reads the text form; nil where it is malformed or nested deeper than a file of ours ever is.
  public init?(parsing text: String) {
    var parser = DimensionParser(text)
    guard let value = parser.sum(depth: 0), parser.isAtEnd else { return nil }
    self = value
  }
}

extension Dimension.Factor: CustomStringConvertible {
  public var description: String {
    switch self {
    case .symbol(let name): name
    case .quotient(let numerator, by: let divisor): "floor((\(numerator))/\(divisor))"
    }
  }
}

/// sum = ["-"] product (("+" | "-") product)* ; product = factor ("*" factor)* ;
/// factor = number | name | "floor((" sum ")/" number ")"
private struct DimensionParser {
  private var rest: Substring
  private static let maximumDepth = 16

  init(_ text: String) { rest = Substring(text) }

  var isAtEnd: Bool { rest.allSatisfy { $0 == " " } }

  private mutating func accept(_ token: String) -> Bool {
    rest = rest.drop { $0 == " " }
    guard rest.hasPrefix(token) else { return false }
    rest = rest.dropFirst(token.count)
    return true
  }

  mutating func sum(depth: Int) -> Dimension? {
    guard depth < DimensionParser.maximumDepth else { return nil }
    let negative = accept("-")
    guard var total = product(depth: depth) else { return nil }
    if negative { total = Dimension(0) - total }
    while true {
      if accept("+") {
        guard let next = product(depth: depth) else { return nil }
        total = total + next
      } else if accept("-") {
        guard let next = product(depth: depth) else { return nil }
        total = total - next
      } else {
        return total
      }
    }
  }

  private mutating func product(depth: Int) -> Dimension? {
    guard var total = factor(depth: depth) else { return nil }
    while accept("*") {
      guard let next = factor(depth: depth) else { return nil }
      total = total * next
    }
    return total
  }

  private mutating func factor(depth: Int) -> Dimension? {
    if accept("floor((") {
      guard let numerator = sum(depth: depth + 1), accept(")/"), let divisor = number(), divisor > 0, accept(")")
      else { return nil }
      return numerator.floorDivided(by: divisor)
    }
    if let number = number() { return Dimension(number) }
    let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
    guard !name.isEmpty else { return nil }
    rest = rest.dropFirst(name.count)
    return .symbol(String(name))
  }

  private mutating func number() -> Int? {
    rest = rest.drop { $0 == " " }
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty, let value = Int(digits) else { return nil }
    rest = rest.dropFirst(digits.count)
    return value
  }
}
