public import Tensors

/// Normalises the last axis, then scales and shifts it.
///
/// Operands: x `[…, c]`, gamma `[c]`, beta `[c]`. Result: `[…, c]`.
/// y = (x - mean) / sqrt(var + epsilon) · gamma + beta, with the biased variance.
/// Source: Ba et al. 2016, arXiv:1607.06450; ONNX LayerNormalization-17 with axis = -1.
public struct LayerNorm: Operator {
  public static let identifier = "layerNorm"
  public let epsilon: Double

  public init(epsilon: Double) { self.epsilon = epsilon }
  public init(attributes: Attributes) throws(TypeError) {
    epsilon = try attributes.number("epsilon", of: LayerNorm.identifier)
  }
  public var attributes: Attributes { Attributes(["epsilon": .number(epsilon)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 3...3)
    try requireFloat(operands[0], "x")
    guard let c = operands[0].dimensions.last else {
      throw .rank(op: identifier, operand: "x", expected: "1 or more", found: operands[0])
    }
    try requireType(operands[1], TensorType(operands[0].element, [c]), "gamma")
    try requireType(operands[2], TensorType(operands[0].element, [c]), "beta")
    return [operands[0]]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, gamma, beta) = (operands[0].numbers(), operands[1].numbers(), operands[2].numbers())
    let c = gamma.count
    guard c > 0 else { return }
    for row in 0..<x.count / c {
      let values = x[row * c..<(row + 1) * c]
      let mean = values.reduce(0, +) / Double(c)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(c)
      let scale = 1 / (variance + epsilon).squareRoot()
      for i in 0..<c { results[0].store((x[row * c + i] - mean) * scale * gamma[i] + beta[i], at: row * c + i) }
    }
  }
}
