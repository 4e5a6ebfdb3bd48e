public import Tensors

/// A softmax over the last axis of scores and a bias; a row whose biases are all minus infinity gives zeros.
///
/// Operands: x `[…, m]`, bias, which broadcasts to x. Result: of x's type. Source: ONNX Attention-23.
public struct MaskedSoftmax: Operator {
  public static let identifier = "maskedSoftmax"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    let (x, bias) = (operands[0], operands[1])
    try requireFloat(x, "x")
    try requireSame(bias, x.element, "bias")
    guard x.rank > 0 else { throw .rank(op: identifier, operand: "x", expected: "1 or more", found: x) }
    guard bias.rank <= x.rank else {
      throw .rank(op: identifier, operand: "bias", expected: "at most \(x.rank)", found: bias)
    }
    for (axis, extent) in bias.dimensions.enumerated() where extent != 1 {
      try requireExtent(bias, axis, x.dimensions[x.rank - bias.rank + axis], "bias")
    }
    return [x]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, bias) = (operands[0].numbers(), operands[1].numbers())
    let shape = operands[0].shape
    let index = BroadcastIndex(operands[1].shape, in: shape)
    let m = shape[shape.rank - 1]
    guard m > 0 else { return }
    for first in stride(from: 0, to: x.count, by: m) {
      let biases = (first..<first + m).map { bias[index.position($0)] }
      let isHidden = biases.allSatisfy { $0 == -.infinity }
      let weights = isHidden ? biases.map { _ in 0 } : softmax(zip(x[first..<first + m], biases).map(+))
      for (i, weight) in weights.enumerated() { results[0].store(weight, at: first + i) }
    }
  }
}
