public import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A function of one element, element by element.
///
/// Operand: x. Result: of x's type. Source: the ONNX operators of these names: Tanh-13, Sigmoid-13, Relu-14, Exp-13,
/// Sqrt-13, Erf-13, Abs-13, Neg-13, Sign-13, Not-1, BitwiseNot-18, Round-11 and the like.
public struct Unary: Operator {
  public static let identifier = "unary"
  public enum Function: String, CaseIterable, Sendable {
    case erf, exp, relu, sigmoid, sqrt, tanh
    case log, sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh
    /// `round` goes to the nearest integer, and to the even one of two.
    case floor, ceil, round
    case reciprocal
    /// Of integers too; the smallest one is its own magnitude.
    case abs, negate
    /// -1, 0 or 1, of integers too.
    case sign
    /// Of truth values, or bit by bit of integers.
    case not

    /// Whether integers have this function beside floating-point numbers.
    var takesIntegers: Bool { [.abs, .negate, .sign, .relu, .not].contains(self) }
  }
  public let function: Function

  public init(_ function: Function) { self.function = function }
  public init(attributes: Attributes) throws(TypeError) {
    function = try attributes.choice("function", of: Unary.identifier)
  }
  public var attributes: Attributes { Attributes(["function": .text(function.rawValue)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    let x = operands[0]
    if function == .not {
      guard !x.element.isFloatingPoint else {
        throw .elementType(op: identifier, operand: "x", expected: "integers or truth values", found: x)
      }
    } else if !function.takesIntegers || x.element == .bool {
      try requireFloat(x, "x")
    }
    return [x]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    if let scalar = operands[0].type.integerScalar {
      evaluateIntegers(operands[0], into: results[0], scalar)
      return
    }
    for position in 0..<operands[0].shape.elementCount {
      results[0].store(function.value(operands[0].number(at: position)), at: position)
    }
  }

  private func evaluateIntegers<Scalar: FixedWidthInteger & TensorScalar>(
    _ x: TensorView, into result: MutableTensorView, _: Scalar.Type
  ) {
    for position in 0..<x.shape.elementCount {
      let value = x.scalar(at: position, as: Scalar.self)
      result.store(scalar: x.type == .bool ? value ^ 1 : function.value(value), at: position)
    }
  }
}

extension Unary.Function {
  func value(_ x: Double) -> Double {
    switch self {
    case .erf: Glibc.erf(x)
    case .exp: Glibc.exp(x)
    case .relu: x.isNaN ? x : max(x, 0)
    case .sigmoid: 1 / (1 + Glibc.exp(-x))
    case .sqrt: x.squareRoot()
    case .tanh: Glibc.tanh(x)
    case .log: Glibc.log(x)
    case .sin: Glibc.sin(x)
    case .cos: Glibc.cos(x)
    case .tan: Glibc.tan(x)
    case .asin: Glibc.asin(x)
    case .acos: Glibc.acos(x)
    case .atan: Glibc.atan(x)
    case .sinh: Glibc.sinh(x)
    case .cosh: Glibc.cosh(x)
    case .asinh: Glibc.asinh(x)
    case .acosh: Glibc.acosh(x)
    case .atanh: Glibc.atanh(x)
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .round: x.rounded(.toNearestOrEven)
    case .reciprocal: 1 / x
    case .abs: Swift.abs(x)
    case .negate: -x
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .not: .nan  // typed as integers
    }
  }

  func value<Scalar: FixedWidthInteger>(_ x: Scalar) -> Scalar {
    switch self {
    case .relu: max(x, 0)
    case .abs: Scalar(truncatingIfNeeded: x.magnitude)
    case .negate: 0 &- x
    case .sign: x.signum()
    default: ~x
    }
  }
}

/// exp, as the router applies it to its logit scale.
func expScale(_ x: Double) -> Double { exp(x) }
