public import Tensors

/// Scales every channel of an image by how strong it is among the image's channels, and adds the input.
///
/// Operands: x `[N, …, c]`, gamma `[c]`, beta `[c]`. Result: `[N, …, c]`. With g the Euclidean norm of a channel over
/// one image's positions: y = gamma · x · g / (mean of g over the channels + epsilon) + beta + x.
/// Source: GRN of ConvNeXt V2, Woo et al. 2023, arXiv:2301.00808.
public struct GlobalResponseNorm: Operator {
  public static let identifier = "globalResponseNorm"
  public let epsilon: Double

  public init(epsilon: Double) { self.epsilon = epsilon }
  public init(attributes: Attributes) throws(TypeError) {
    epsilon = try attributes.number("epsilon", of: GlobalResponseNorm.identifier)
  }
  public var attributes: Attributes { Attributes(["epsilon": .number(epsilon)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 3...3)
    let x = operands[0]
    try requireFloat(x, "x")
    guard x.rank > 1, let c = x.dimensions.last else {
      throw .rank(op: identifier, operand: "x", expected: "2 or more", found: x)
    }
    try requireType(operands[1], TensorType(x.element, [c]), "gamma")
    try requireType(operands[2], TensorType(x.element, [c]), "beta")
    return [x]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, gamma, beta) = (operands[0].numbers(), operands[1].numbers(), operands[2].numbers())
    let c = gamma.count
    let size = operands[0].shape.count(1..<operands[0].shape.rank)
    guard size > 0 else { return }
    for first in stride(from: 0, to: x.count, by: size) {
      let norms = (0..<c).map { channel in
        stride(from: first + channel, to: first + size, by: c).reduce(0) { $0 + x[$1] * x[$1] }.squareRoot()
      }
      let mean = norms.reduce(0, +) / Double(c)
      for position in first..<first + size {
        let channel = (position - first) % c
        let response = norms[channel] / (mean + epsilon)
        results[0].store(x[position] * (1 + gamma[channel] * response) + beta[channel], at: position)
      }
    }
  }
}
