#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Binary.Function {
  /// The function of two floating-point numbers; comparisons give 1 or 0.
  func value(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: pow(a, b)
    case .modulo: floored(fmod(a, b), b)
    case .remainder: fmod(a, b)
    case .maximum: a.isNaN || b.isNaN ? .nan : max(a, b)
    case .minimum: a.isNaN || b.isNaN ? .nan : min(a, b)
    case .equal: a == b ? 1 : 0
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .and, .or, .xor, .shiftLeft, .shiftRight: .nan  // typed as integers
    }
  }

  private func floored(_ rest: Double, _ divisor: Double) -> Double {
    rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest
  }

  /// The function of two integers; comparisons give 1 or 0. What does not fit wraps around.
  func value<Scalar: FixedWidthInteger>(_ a: Scalar, _ b: Scalar) -> Scalar {
    switch self {
    case .add: a &+ b
    case .subtract: a &- b
    case .multiply: a &* b
    case .divide: a.dividedReportingOverflow(by: b).partialValue
    case .power: power(a, b)
    case .modulo: floored(rest(a, b), b)
    case .remainder: rest(a, b)
    case .maximum: max(a, b)
    case .minimum: min(a, b)
    case .and: a & b
    case .or: a | b
    case .xor: a ^ b
    case .shiftLeft: b < 0 ? 0 : a << b
    case .shiftRight: a >> (b < 0 ? .max : b)
    case .equal: a == b ? 1 : 0
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    }
  }

  /// 0 where there is no quotient, or where it is one above the largest number.
  private func rest<Scalar: FixedWidthInteger>(_ a: Scalar, _ b: Scalar) -> Scalar {
    let (rest, overflow) = a.remainderReportingOverflow(dividingBy: b)
    return overflow ? 0 : rest
  }

  private func floored<Scalar: FixedWidthInteger>(_ rest: Scalar, _ divisor: Scalar) -> Scalar {
    rest != 0 && (rest < 0) != (divisor < 0) ? rest &+ divisor : rest
  }

  /// Negative powers are rounded toward zero; those of zero are zero.
  private func power<Scalar: FixedWidthInteger>(_ base: Scalar, _ exponent: Scalar) -> Scalar {
    if exponent < 0 {
      if base == 1 { return 1 }
      return base &+ 1 == 0 ? (exponent & 1 == 0 ? 1 : base) : 0
    }
    var (result, square, rest): (Scalar, Scalar, Scalar) = (1, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }
}
