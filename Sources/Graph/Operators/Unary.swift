public import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A function of one number, element by element.
///
/// Operand: x. Result: of x's type. Source: ONNX Tanh-13, Sigmoid-13, Relu-14, Exp-13, Sqrt-13, Erf-13.
public struct Unary: Operator {
  public static let identifier = "unary"
  public enum Function: String, CaseIterable, Sendable { case erf, exp, relu, sigmoid, sqrt, tanh }
  public let function: Function

  public init(_ function: Function) { self.function = function }
  public init(attributes: Attributes) throws(TypeError) {
    function = try attributes.choice("function", of: Unary.identifier)
  }
  public var attributes: Attributes { Attributes(["function": .text(function.rawValue)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireFloat(operands[0], "x")
    return [operands[0]]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    for position in 0..<operands[0].shape.elementCount {
      let x = operands[0].number(at: position)
      let value =
        switch function {
        case .erf: Glibc.erf(x)
        case .exp: Glibc.exp(x)
        case .relu: max(x, 0)
        case .sigmoid: 1 / (1 + Glibc.exp(-x))
        case .sqrt: x.squareRoot()
        case .tanh: Glibc.tanh(x)
        }
      results[0].store(value, at: position)
    }
  }
}

/// exp, as the router applies it to its logit scale.
func expScale(_ x: Double) -> Double { exp(x) }
