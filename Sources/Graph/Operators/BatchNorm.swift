public import Tensors

/// Scales and shifts each channel by statistics that training has gathered.
///
/// Operands: x `[N, c, …]`, gamma `[c]`, beta `[c]`, mean `[c]`, variance `[c]`. Result: of x's type.
/// y = (x - mean) / √(variance + epsilon) · gamma + beta.
/// Source: Ioffe and Szegedy 2015, arXiv:1502.03167; ONNX BatchNormalization-15 outside of training.
public struct BatchNorm: Operator {
  public static let identifier = "batchNorm"
  public let epsilon: Double

  public init(epsilon: Double) { self.epsilon = epsilon }
  public init(attributes: Attributes) throws(TypeError) {
    epsilon = try attributes.number("epsilon", of: BatchNorm.identifier)
  }
  public var attributes: Attributes { Attributes(["epsilon": .number(epsilon)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 5...5)
    let x = operands[0]
    try requireFloat(x, "x")
    guard x.rank >= 2 else { throw .rank(op: identifier, operand: "x", expected: "2 or more", found: x) }
    for (index, name) in ["gamma", "beta", "mean", "variance"].enumerated() {
      try requireType(operands[index + 1], TensorType(x.element, [x.dimensions[1]]), name)
    }
    return [x]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let shape = operands[0].shape
    let (c, plane) = (shape[1], shape.count(2..<shape.rank))
    for position in 0..<shape.elementCount {
      let channel = position / plane % c
      let parts = operands.dropFirst().map { $0.number(at: channel) }
      let centered = operands[0].number(at: position) - parts[2]
      results[0].store(centered / (parts[3] + epsilon).squareRoot() * parts[0] + parts[1], at: position)
    }
  }
}
