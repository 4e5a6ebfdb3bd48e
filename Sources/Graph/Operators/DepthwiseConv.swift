public import Tensors

/// A depthwise convolution of a map with channels last, zero-padded so that the map keeps its size.
///
/// Operands: x `[N, h, w, c]`, weight `[c, 1, k, k]` (for all images) or `[N, c, 1, k, k]` (one per image), k odd,
/// optionally bias `[c]`. Result: `[N, h, w, c]`.
/// Source: AdaRoute, arXiv:2602.06862; torch.nn.Conv2d with groups = channels.
public struct DepthwiseConv: Operator {
  public static let identifier = "depthwiseConv"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...3)
    let (x, weight) = (operands[0], operands[1])
    try requireFloat(x, "x")
    try requireRank(x, 4, "x")
    guard let k = weight.dimensions.last?.constant, k % 2 == 1 else {
      throw .rank(op: identifier, operand: "weight", expected: "4 or 5 with an odd last extent", found: weight)
    }
    let kernel = [x.dimensions[3], 1, Dimension(k), Dimension(k)]
    let images = weight.rank == 5 ? [x.dimensions[0]] : []
    try requireType(weight, TensorType(x.element, images + kernel), "weight")
    if operands.count == 3 { try requireType(operands[2], TensorType(x.element, [x.dimensions[3]]), "bias") }
    return [x]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, weight) = (operands[0].numbers(), operands[1].numbers())
    let bias = operands.count == 3 ? operands[2].numbers() : nil
    let (h, w, c) = (operands[0].shape[1], operands[0].shape[2], operands[0].shape[3])
    let k = operands[1].shape[operands[1].shape.rank - 1]
    let perImage = operands[1].shape.rank == 5
    for position in 0..<x.count {
      let (channel, column) = (position % c, position / c % w)
      let (row, image) = (position / (c * w) % h, position / (c * w * h))
      var sum = bias?[channel] ?? 0
      for dy in 0..<k {
        let y = row + dy - k / 2
        guard (0..<h).contains(y) else { continue }
        for dx in 0..<k {
          let z = column + dx - k / 2
          guard (0..<w).contains(z) else { continue }
          let kernel = ((perImage ? image * c : 0) + channel) * k * k
          sum += x[((image * h + y) * w + z) * c + channel] * weight[kernel + dy * k + dx]
        }
      }
      results[0].store(sum, at: position)
    }
  }
}
