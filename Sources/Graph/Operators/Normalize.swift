public import Tensors

/// Brings each row of the last axis to a common scale.
///
/// Operand: x `[…, c]`. Result: of x's type. Source: ONNX LayerNormalization-17, RMSNormalization-23 and
/// LpNormalization-22 without their weights.
public struct Normalize: Operator {
  public static let identifier = "normalize"
  public enum Function: String, CaseIterable, Sendable {
    /// (x - mean) / √(variance + epsilon), with the biased variance.
    case standard
    /// x / √(mean(x²) + epsilon)
    case rootMeanSquare
    /// x / Σ |x|; zeros stay zeros. Epsilon is not used.
    case l1
    /// x / √Σ x²; zeros stay zeros. Epsilon is not used.
    case l2
  }
  public let function: Function
  public let epsilon: Double

  public init(_ function: Function, epsilon: Double = 0) {
    self.function = function
    self.epsilon = epsilon
  }
  public init(attributes: Attributes) throws(TypeError) {
    function = try attributes.choice("function", of: Normalize.identifier)
    epsilon = try attributes.number("epsilon", of: Normalize.identifier)
  }
  public var attributes: Attributes {
    Attributes(["function": .text(function.rawValue), "epsilon": .number(epsilon)])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireFloat(operands[0], "x")
    guard operands[0].rank > 0 else {
      throw .rank(op: identifier, operand: "x", expected: "1 or more", found: operands[0])
    }
    return [operands[0]]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let x = operands[0].numbers()
    let c = operands[0].shape[operands[0].shape.rank - 1]
    guard c > 0 else { return }
    for first in stride(from: 0, to: x.count, by: c) {
      let row = x[first..<first + c]
      let mean = function == .standard ? row.reduce(0, +) / Double(c) : 0
      let squares = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let divisor =
        switch function {
        case .standard, .rootMeanSquare: (squares / Double(c) + epsilon).squareRoot()
        case .l1: row.reduce(0) { $0 + abs($1) }
        case .l2: squares.squareRoot()
        }
      let isZero = divisor == 0 && (function == .l1 || function == .l2)
      for i in row.indices { results[0].store(isZero ? 0 : (x[i] - mean) / divisor, at: i) }
    }
  }
}
