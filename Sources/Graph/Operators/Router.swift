public import Tensors

/// Chooses, for every image and parameter group, how much each expert counts.
///
/// Operands: x `[N, l, c]`, weight1 `[h, c]`, bias1 `[h]`, weight2 `[g·e, h]`, bias2 `[g·e]`, logitScale `[g]`.
/// Result: `[N, g, e]`: softmax over e of exp(logitScale) · (weight2 · GELU(weight1 · mean_l(x) + bias1) + bias2).
/// Source: AdaRoute, arXiv:2602.06862; exact GELU.
public struct Router: Operator {
  public static let identifier = "router"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 6...6)
    let x = operands[0]
    try requireFloat(x, "x")
    try requireRank(x, 3, "x")
    try requireRank(operands[1], 2, "weight1")
    let h = operands[1].dimensions[0]
    try requireType(operands[1], TensorType(x.element, [h, x.dimensions[2]]), "weight1")
    try requireType(operands[2], TensorType(x.element, [h]), "bias1")
    try requireRank(operands[3], 2, "weight2")
    let outputs = operands[3].dimensions[0]
    try requireType(operands[3], TensorType(x.element, [outputs, h]), "weight2")
    try requireType(operands[4], TensorType(x.element, [outputs]), "bias2")
    try requireRank(operands[5], 1, "logitScale")
    try requireSame(operands[5], x.element, "logitScale")
    let groups = operands[5].dimensions[0]
    guard let experts = outputs.dividedExactly(by: groups) else {
      throw .extent(
        op: identifier, operand: "weight2", axis: 0, expected: "a multiple of the \(groups) groups", found: operands[3])
    }
    return [TensorType(x.element, [x.dimensions[0], groups, experts])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let tensors = operands.map { $0.numbers() }
    let (l, c) = (operands[0].shape[1], operands[0].shape[2])
    let (groups, experts) = (results[0].shape[1], results[0].shape[2])
    let gelu = GELU()
    func product(_ weight: [Double], _ bias: [Double], _ x: [Double]) -> [Double] {
      bias.indices.map { row in x.indices.reduce(bias[row]) { $0 + weight[row * x.count + $1] * x[$1] } }
    }
    for image in 0..<operands[0].shape[0] {
      let mean = (0..<c).map { channel in
        (0..<l).reduce(0) { $0 + tensors[0][(image * l + $1) * c + channel] } / Double(l)
      }
      let hidden = product(tensors[1], tensors[2], mean).map { gelu.value($0) }
      let logits = product(tensors[3], tensors[4], hidden)
      for group in 0..<groups {
        let scale = expScale(tensors[5][group])
        let row = softmax((0..<experts).map { scale * logits[group * experts + $0] })
        for (expert, value) in row.enumerated() {
          results[0].store(value, at: (image * groups + group) * experts + expert)
        }
      }
    }
  }
}
