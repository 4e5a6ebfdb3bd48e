public import Tensors

/// Scaled dot-product attention over several heads.
///
/// Operands: q `[N, l, h·d]`, k and v `[N, m, h·d]`; head j owns columns j·d..<(j+1)·d. Result: `[N, l, h·d]`.
/// For each image and head: y = softmax(scale · q kᵀ) v.
/// Source: Vaswani et al. 2017, arXiv:1706.03762; ONNX Attention-23 with three-dimensional inputs.
public struct Attention: Operator {
  public static let identifier = "attention"
  public let heads: Int
  public let scale: Double

  public init(heads: Int, scale: Double) {
    self.heads = heads
    self.scale = scale
  }
  public init(attributes: Attributes) throws(TypeError) {
    heads = try attributes.integer("heads", of: Attention.identifier)
    scale = try attributes.number("scale", of: Attention.identifier)
  }
  public var attributes: Attributes { Attributes(["heads": .integer(heads), "scale": .number(scale)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 3...3)
    let (q, k, v) = (operands[0], operands[1], operands[2])
    try requireFloat(q, "q")
    try requireRank(q, 3, "q")
    try requireRank(k, 3, "k")
    guard heads > 0, q.dimensions[2].dividedExactly(by: Dimension(heads)) != nil else {
      throw .attribute(op: identifier, name: "heads", expected: "a divisor of the width of \(q)", found: "\(heads)")
    }
    try requireType(k, TensorType(q.element, [q.dimensions[0], k.dimensions[1], q.dimensions[2]]), "k")
    try requireType(v, k, "v")
    return [q]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (q, k, v) = (operands[0].numbers(), operands[1].numbers(), operands[2].numbers())
    let (batch, l, width, m) = (
      operands[0].shape[0], operands[0].shape[1], operands[0].shape[2], operands[1].shape[1]
    )
    let d = width / heads
    for image in 0..<batch {
      for head in 0..<heads {
        for row in 0..<l {
          let from = (image * l + row) * width + head * d
          let scores = (0..<m).map { column in
            let to = (image * m + column) * width + head * d
            return scale * (0..<d).reduce(0) { $0 + q[from + $1] * k[to + $1] }
          }
          let weights = softmax(scores)
          for i in 0..<d {
            let sum = (0..<m).reduce(0) { $0 + weights[$1] * v[(image * m + $1) * width + head * d + i] }
            results[0].store(sum, at: from + i)
          }
        }
      }
    }
  }
}
