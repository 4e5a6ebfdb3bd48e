public import Tensors

/// Scaled dot-product attention over several heads.
///
/// Operands: q `[…, l, h·d]`, k and v `[…, m, h·d]`, then up to two biases that broadcast to `[…, h, l, m]`, their
/// last extent being m; head j owns columns j·d..<(j+1)·d. Result: `[…, l, h·d]`.
/// For each index of the leading axes and each head: y = softmax(scale · q kᵀ + biases) v.
/// Source: Vaswani et al. 2017, arXiv:1706.03762; ONNX Attention-23 with three-dimensional inputs; biases as relative
/// positions and masks of windows, Liu et al. 2021, arXiv:2103.14030.
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
    try requireCount(operands, 3...5)
    let (q, k, v) = (operands[0], operands[1], operands[2])
    try requireFloat(q, "q")
    guard q.rank >= 3 else { throw .rank(op: identifier, operand: "q", expected: "3 or more", found: q) }
    try requireRank(k, q.rank, "k")
    guard heads > 0, q.dimensions[q.rank - 1].dividedExactly(by: Dimension(heads)) != nil else {
      throw .attribute(op: identifier, name: "heads", expected: "a divisor of the width of \(q)", found: "\(heads)")
    }
    var expected = q
    expected.dimensions[q.rank - 2] = k.dimensions[k.rank - 2]
    try requireType(k, expected, "k")
    try requireType(v, k, "v")
    for bias in operands.dropFirst(3) { try requireBias(bias, q, k) }
    return [q]
  }

  private func requireBias(_ bias: TensorType, _ q: TensorType, _ k: TensorType) throws(TypeError) {
    try requireSame(bias, q.element, "bias")
    let (l, m) = (q.dimensions[q.rank - 2], k.dimensions[k.rank - 2])
    let scores = q.dimensions.dropLast(2) + [Dimension(heads), l, m]
    guard (1...scores.count).contains(bias.rank) else {
      throw .rank(op: identifier, operand: "bias", expected: "1 to \(scores.count)", found: bias)
    }
    try requireExtent(bias, bias.rank - 1, m, "bias")
    for axis in 0..<bias.rank where bias.dimensions[axis] != 1 {
      let extent = scores[scores.count - bias.rank + axis]
      guard bias.dimensions[axis] == extent else {
        throw .extent(op: identifier, operand: "bias", axis: axis, expected: "\(extent) or 1", found: bias)
      }
    }
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (q, k, v) = (operands[0].numbers(), operands[1].numbers(), operands[2].numbers())
    let leading = Array(operands[0].shape.extents.dropLast(2))
    let (l, width) = (operands[0].shape[leading.count], operands[0].shape[leading.count + 1])
    let (m, d) = (operands[1].shape[leading.count], width / heads)
    let biases = operands.dropFirst(3).map { ($0, AttentionBias($0.shape, leading: leading)) }
    for image in 0..<operands[0].shape.count(0..<leading.count) {
      for head in 0..<heads {
        for row in 0..<l {
          let from = (image * l + row) * width + head * d
          let scores = (0..<m).map { column in
            let to = (image * m + column) * width + head * d
            let product = scale * (0..<d).reduce(0) { $0 + q[from + $1] * k[to + $1] }
            return biases.reduce(product) { sum, bias in
              sum + bias.0.number(at: bias.1.start(of: image, head: head) + row * bias.1.rowStride + column)
            }
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

/// Where the rows of an attention's bias stand that broadcasts to `[…, h, l, m]`.
package struct AttentionBias {
  private let leading: [Int]
  /// Of the leading axes, the heads, the rows; 0 where an extent is repeated.
  private let strides: [Int]

  /// `leading` are the extents before heads, rows and columns.
  package init(_ shape: Shape, leading: [Int]) {
    self.leading = leading
    let missing = leading.count + 3 - shape.rank
    let own = shape.strides
    strides = (0..<leading.count + 2).map { axis in
      axis < missing || shape[axis - missing] == 1 ? 0 : own[axis - missing]
    }
  }

  /// Elements from one row to the next.
  package var rowStride: Int { strides[leading.count + 1] }

  /// The first row of a head at a row-major index of the leading axes.
  package func start(of index: Int, head: Int) -> Int {
    var (rest, start) = (index, head * strides[leading.count])
    for axis in leading.indices.reversed() where leading[axis] > 0 {
      start += rest % leading[axis] * strides[axis]
      rest /= leading[axis]
    }
    return start
  }
}
