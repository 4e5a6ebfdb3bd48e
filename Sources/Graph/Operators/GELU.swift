public import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The Gaussian error linear unit, in one of the forms that networks were trained with.
///
/// Operand: x. Result: of x's type. exact: x/2 · (1 + erf(x/√2)); tanh: x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)));
/// quick: x · sigmoid(1.702 x). Source: Hendrycks and Gimpel 2016, arXiv:1606.08415; ONNX Gelu-20.
public struct GELU: Operator {
  public static let identifier = "gelu"
  public enum Form: String, CaseIterable, Sendable { case exact, tanh, quick }
  public let form: Form

  public init(_ form: Form = .exact) { self.form = form }
  public init(attributes: Attributes) throws(TypeError) {
    form = try attributes.choice("form", of: GELU.identifier)
  }
  public var attributes: Attributes { Attributes(["form": .text(form.rawValue)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireFloat(operands[0], "x")
    return [operands[0]]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    for position in 0..<operands[0].shape.elementCount {
      results[0].store(value(operands[0].number(at: position)), at: position)
    }
  }

  func value(_ x: Double) -> Double {
    switch form {
    case .exact: x / 2 * (1 + erf(x / 2.0.squareRoot()))
    case .tanh: x / 2 * (1 + Glibc.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .quick: x / (1 + exp(-1.702 * x))
    }
  }
}
