// What is known of a dimension before its symbols have values. A symbol is an extent of an input, so at least
// 1.

extension Dimension {
  /// Whether no values of the symbols make the dimension negative. False where that cannot be told.
  public var isKnownNonNegative: Bool { lowerBound.map { $0 >= 0 } ?? false }

  /// Whether no values of the symbols make the dimension zero or less. False where that cannot be told.
  public var isKnownPositive: Bool { lowerBound.map { $0 > 0 } ?? false }

  /// A number that the dimension never falls below; nil where none is found.
  private var lowerBound: Int? {
    if number != nil { return constant }
    var bound = 0
    for term in terms {
      guard abs(term.coefficient) < Dimension.limit else { return nil }
      var least = 1
      for case .quotient(let numerator, by: let divisor) in term.factors {
        guard let low = numerator.lowerBound, low >= 0 else { return nil }
        least = least > 0 ? (low / divisor == 0 ? 0 : least) : 0
      }
      // A product of symbols and quotients has no upper bound, so a negative one has no lower bound.
      guard term.coefficient > 0 || term.factors.isEmpty else { return nil }
      bound += term.coefficient * least
      guard abs(bound) < Dimension.limit else { return nil }
    }
    return bound
  }

  /// The value as an end of a range: as `constant`, but what overflowed is the largest or smallest integer.
  public var bound: Int? {
    if let constant { return constant }
    guard terms.count == 1, terms[0].factors.isEmpty else { return nil }
    return terms[0].coefficient > 0 ? .max : .min
  }

  /// How many terms the polynomial has; at least 1.
  public var termCount: Int { max(terms.count, 1) }

  /// How many factors the polynomial has, those inside quotients included: what its arithmetic costs.
  public var size: Int {
    terms.reduce(0) { total, term in
      total
        + term.factors.reduce(1) { sum, factor in
          switch factor {
          case .symbol: sum + 1
          case .quotient(let numerator, by: _): sum + 1 + numerator.size
          }
        }
    }
  }
}
