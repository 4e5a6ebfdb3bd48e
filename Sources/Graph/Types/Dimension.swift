/// An extent that may depend on the batch or the image size: a polynomial with integer coefficients over symbols
/// (`N`, `H`) and floored quotients (`floor(H/16)`).
///
/// Polynomials are kept in a canonical form, so equal dimensions compare equal: `(H + 0)·2` is `2·H`.
/// Arithmetic saturates instead of overflowing; what has saturated is refused when it is evaluated.
public struct Dimension: Hashable, Sendable {
  /// A product of factors, sorted; the empty product is 1.
  public typealias Monomial = [Factor]

  public indirect enum Factor: Hashable, Sendable {
    case symbol(String)
    case quotient(Dimension, by: Int)
  }

  public struct Term: Hashable, Sendable {
    public internal(set) var coefficient: Int
    public internal(set) var factors: Monomial
  }

  /// Nearly every extent is a number, which then takes no memory of its own: a graph has tens of thousands.
  private enum Form: Hashable, Sendable {
    case number(Int)
    /// Terms of which at least one has factors.
    case polynomial([Term])
  }

  private let form: Form

  /// Sorted by factors, no two alike, no coefficient zero.
  public var terms: [Term] {
    switch form {
    case .number(0): []
    case .number(let number): [Term(coefficient: number, factors: [])]
    case .polynomial(let terms): terms
    }
  }

  /// Larger magnitudes count as overflow.
  static let limit = 1 << 56

  init(collecting terms: [Term]) {
    // Most are one symbol.
    if terms.count <= 1 {
      self.init(sorted: terms.filter { $0.coefficient != 0 })
      return
    }
    var sums: [Monomial: Int] = [:]
    for term in terms {
      sums[term.factors, default: 0] = Dimension.clamp(sums[term.factors, default: 0] + term.coefficient)
    }
    self.init(
      sorted: sums.filter { $0.value != 0 }
        .map { Term(coefficient: $0.value, factors: $0.key) }
        .sorted { Dimension.precedes($0.factors, $1.factors) })
  }

  /// Precondition: the terms are as ``terms`` states.
  private init(sorted terms: [Term]) {
    form =
      switch terms.count {
      case 0: .number(0)
      case 1 where terms[0].factors.isEmpty: .number(terms[0].coefficient)
      default: .polynomial(terms)
      }
  }

  public init(_ value: Int) { form = .number(Dimension.clamp(value)) }

  public static func symbol(_ name: String) -> Dimension {
    Dimension(collecting: [Term(coefficient: 1, factors: [.symbol(name)])])
  }

  /// The value, where it depends on no symbol and did not overflow.
  public var constant: Int? {
    guard let number, abs(number) < Dimension.limit else { return nil }
    return number
  }

  /// The value of a dimension without symbols, whether it has saturated or not.
  var number: Int? {
    guard case .number(let number) = form else { return nil }
    return number
  }

  private static func clamp(_ value: Int) -> Int { Swift.max(-limit, Swift.min(limit, value)) }

  private static func product(_ a: Int, _ b: Int) -> Int {
    let (result, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? ((a < 0) == (b < 0) ? limit : -limit) : clamp(result)
  }

  public static func + (a: Dimension, b: Dimension) -> Dimension {
    switch (a.number, b.number) {
    case (let x?, let y?): Dimension(x + y)
    case (0, nil): b
    case (nil, 0): a
    default: Dimension(collecting: a.terms + b.terms)
    }
  }

  public static func - (a: Dimension, b: Dimension) -> Dimension { a + b * Dimension(-1) }

  /// Rounded toward minus infinity; `divisor` is positive.
  private static func floorQuotient(_ number: Int, _ divisor: Int) -> Int {
    let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// Terms of a product; one with more counts as overflow. Networks take a handful, files can ask for any number.
  private static let termLimit = 4096
  /// Factors of a term likewise.
  private static let degreeLimit = 64

  public static func * (a: Dimension, b: Dimension) -> Dimension {
    if let number = b.number { return a.scaled(by: number) }
    if let number = a.number { return b.scaled(by: number) }
    let (count, overflow) = a.terms.count.multipliedReportingOverflow(by: b.terms.count)
    guard !overflow, count <= termLimit else { return Dimension(limit) }
    var terms: [Term] = []
    for x in a.terms {
      for y in b.terms {
        guard x.factors.count + y.factors.count <= degreeLimit else { return Dimension(limit) }
        let factors = (x.factors + y.factors).sorted { precedes([$0], [$1]) }
        terms.append(Term(coefficient: product(x.coefficient, y.coefficient), factors: factors))
      }
    }
    return Dimension(collecting: terms)
  }

  /// Whether two lists have the same product. That of single terms need not be put in order to be compared.
  static func haveSameProduct(_ some: [Dimension], _ others: [Dimension]) -> Bool {
    let terms = (some + others).map(\.terms)
    guard terms.allSatisfy({ $0.count == 1 }), terms.reduce(0, { $0 + $1[0].factors.count }) <= degreeLimit else {
      return some.reduce(1, *) == others.reduce(1, *)
    }
    func coefficient(_ all: [Dimension]) -> Int { all.reduce(1) { product($0, $1.terms[0].coefficient) } }
    func factors(_ all: [Dimension]) -> Monomial { all.flatMap { $0.terms[0].factors } }
    return coefficient(some) == coefficient(others) && factors(some).removing(factors(others))?.isEmpty == true
  }

  /// Every coefficient times a number: what is sorted stays so.
  private func scaled(by number: Int) -> Dimension {
    if number == 1 { return self }
    if number == 0 { return Dimension(0) }
    if let own = self.number { return Dimension(Dimension.product(own, number)) }
    return Dimension(
      sorted: terms.map { Term(coefficient: Dimension.product($0.coefficient, number), factors: $0.factors) })
  }

  /// The quotient rounded toward minus infinity. Whole multiples divide exactly: `floor((16·h + 3)/16)` is `h`.
  ///
  /// Precondition: `divisor` is positive.
  public func floorDivided(by divisor: Int) -> Dimension {
    precondition(divisor > 0, "a dimension is divided by a positive number")
    if let constant { return Dimension(Dimension.floorQuotient(constant, divisor)) }
    let whole = terms.filter { $0.coefficient % divisor == 0 }
      .map { Term(coefficient: $0.coefficient / divisor, factors: $0.factors) }
    let rest = Dimension(collecting: terms.filter { $0.coefficient % divisor != 0 })
    if rest.terms.isEmpty { return Dimension(collecting: whole) }
    if let constant = rest.constant {
      return Dimension(collecting: whole) + Dimension(Dimension.floorQuotient(constant, divisor))
    }
    let factor = Factor.quotient(rest, by: divisor)
    return Dimension(collecting: whole) + Dimension(collecting: [Term(coefficient: 1, factors: [factor])])
  }

  /// `self / divisor` where the division leaves no remainder for every value of the symbols; nil otherwise.
  public func dividedExactly(by divisor: Dimension) -> Dimension? {
    guard let lead = divisor.terms.last else { return nil }
    var rest = self
    var quotient: [Term] = []
    // Each round removes the leading term of `rest`, so as many rounds as it could ever have terms suffice.
    for _ in 0..<64 {
      guard let term = rest.terms.last else { return Dimension(collecting: quotient) }
      guard term.coefficient % lead.coefficient == 0, let factors = term.factors.removing(lead.factors) else {
        return nil
      }
      let step = Term(coefficient: term.coefficient / lead.coefficient, factors: factors)
      quotient.append(step)
      rest = rest - Dimension(collecting: [step]) * divisor
    }
    return nil
  }

  /// The number that the dimension is for these values of its symbols; nil where one is missing or a step overflows.
  public func evaluated(_ bindings: [String: Int]) -> Int? {
    if number != nil { return constant }
    var sum = 0
    for term in terms {
      guard abs(term.coefficient) < Dimension.limit else { return nil }
      var product = term.coefficient
      for factor in term.factors {
        let value: Int
        switch factor {
        case .symbol(let name):
          guard let bound = bindings[name] else { return nil }
          value = bound
        case .quotient(let numerator, by: let divisor):
          guard let number = numerator.evaluated(bindings) else { return nil }
          value = Dimension.floorQuotient(number, divisor)
        }
        let (next, overflow) = product.multipliedReportingOverflow(by: value)
        guard !overflow, abs(next) < Dimension.limit else { return nil }
        product = next
      }
      sum += product
      guard abs(sum) < Dimension.limit else { return nil }
    }
    return sum
  }

  /// The dimension with symbols replaced by other dimensions; symbols without an entry stay.
  public func substituting(_ replacements: [String: Dimension]) -> Dimension {
    terms.reduce(Dimension(0)) { sum, term in
      sum
        + term.factors.reduce(Dimension(term.coefficient)) { product, factor in
          switch factor {
          case .symbol(let name): product * (replacements[name] ?? .symbol(name))
          case .quotient(let numerator, by: let divisor):
            product * numerator.substituting(replacements).floorDivided(by: divisor)
          }
        }
    }
  }

  /// The names of the symbols that the dimension depends on.
  public var symbols: Set<String> {
    terms.reduce(into: []) { names, term in
      for factor in term.factors {
        switch factor {
        case .symbol(let name): names.insert(name)
        case .quotient(let numerator, by: _): names.formUnion(numerator.symbols)
        }
      }
    }
  }

  /// Lower degree first, so that the last term leads; then by text.
  static func precedes(_ a: Monomial, _ b: Monomial) -> Bool {
    guard a.count == b.count else { return a.count < b.count }
    for (first, second) in zip(a, b) where first != second { return first.precedes(second) }
    return false
  }
}

extension Dimension.Factor {
  /// How the text of every quotient begins.
  private static let quotientStart = "floor(("

  /// By text, which is made only where two quotients are compared.
  fileprivate func precedes(_ other: Self) -> Bool {
    switch (self, other) {
    case (.symbol(let first), .symbol(let second)): first < second
    case (.symbol(let name), .quotient) where !name.hasPrefix(Self.quotientStart): name < Self.quotientStart
    case (.quotient, .symbol(let name)) where !name.hasPrefix(Self.quotientStart): Self.quotientStart < name
    default: description < other.description
    }
  }
}

extension Array where Element == Dimension.Factor {
  /// The factors that stay when `others` are struck out once each; nil where one is not there.
  fileprivate func removing(_ others: [Element]) -> [Element]? {
    var rest = self
    for other in others {
      guard let index = rest.firstIndex(of: other) else { return nil }
      rest.remove(at: index)
    }
    return rest
  }
}

extension Dimension: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self.init(value) }
}
