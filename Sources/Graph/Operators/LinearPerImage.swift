public import Tensors

/// A matrix product whose weight belongs to the image.
///
/// Operands: x `[N, l, k]`, weight `[N, n, k]`. Result: `[N, l, n]`. y[b] = x[b] · weight[b]ᵀ.
/// Source: AdaRoute, arXiv:2602.06862: the down and up projections.
public struct LinearPerImage: Operator {
  public static let identifier = "linearPerImage"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    let (x, weight) = (operands[0], operands[1])
    try requireFloat(x, "x")
    try requireRank(x, 3, "x")
    try requireRank(weight, 3, "weight")
    let expected = TensorType(x.element, [x.dimensions[0], weight.dimensions[1], x.dimensions[2]])
    try requireType(weight, expected, "weight")
    return [TensorType(x.element, [x.dimensions[0], x.dimensions[1], weight.dimensions[1]])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, weight) = (operands[0].numbers(), operands[1].numbers())
    let (l, k, n) = (operands[0].shape[1], operands[0].shape[2], operands[1].shape[1])
    for position in 0..<results[0].shape.elementCount {
      let (row, column) = (position / n, position % n)
      let image = row / l
      var sum = 0.0
      for i in 0..<k { sum += x[row * k + i] * weight[(image * n + column) * k + i] }
      results[0].store(sum, at: position)
    }
  }
}
