public import Tensors

/// A matrix product with a weight, along the last axis.
///
/// Operands: x `[…, k]`, weight `[n, k]`, optionally bias `[n]`. Result: `[…, n]`. y = x · weightᵀ + bias.
/// Source: torch.nn.Linear; ONNX Gemm with transB = 1.
public struct Linear: Operator {
  public static let identifier = "linear"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...3)
    let (x, weight) = (operands[0], operands[1])
    try requireFloat(x, "x")
    guard let depth = x.dimensions.last else {
      throw .rank(op: identifier, operand: "x", expected: "1 or more", found: x)
    }
    try requireRank(weight, 2, "weight")
    try requireType(weight, TensorType(x.element, [weight.dimensions[0], depth]), "weight")
    if operands.count == 3 { try requireType(operands[2], TensorType(x.element, [weight.dimensions[0]]), "bias") }
    return [TensorType(x.element, x.dimensions.dropLast() + [weight.dimensions[0]])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, weight) = (operands[0].numbers(), operands[1].numbers())
    let bias = operands.count == 3 ? operands[2].numbers() : nil
    let (n, k) = (operands[1].shape[0], operands[1].shape[1])
    for position in 0..<results[0].shape.elementCount {
      let (row, column) = (position / n, position % n)
      var sum = bias?[column] ?? 0
      for i in 0..<k { sum += x[row * k + i] * weight[column * k + i] }
      results[0].store(sum, at: position)
    }
  }
}
