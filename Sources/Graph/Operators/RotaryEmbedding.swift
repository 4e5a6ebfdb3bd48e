public import Tensors

/// Rotates pairs of numbers of each head by angles that depend on the position.
///
/// Operands: x `[N, l, h, d]`, cos and sin `[N, l, r/2]`, or `[positions, r/2]` with the positions `[N, l]`,
/// integers, as the last operand; r ≤ d. Result: of x's type.
/// Pair i of the first r numbers is i and i + r/2, or 2·i and 2·i + 1 where `isInterleaved`:
/// (a, b) becomes (cos·a - sin·b, sin·a + cos·b). Numbers from r on stay. Positions outside of the table give zeros.
/// Source: Su et al. 2021, arXiv:2104.09864; ONNX RotaryEmbedding-23.
public struct RotaryEmbedding: Operator {
  public static let identifier = "rotaryEmbedding"
  public let isInterleaved: Bool

  public init(isInterleaved: Bool) { self.isInterleaved = isInterleaved }
  public init(attributes: Attributes) throws(TypeError) {
    isInterleaved = try attributes.flag("interleaved", of: RotaryEmbedding.identifier)
  }
  public var attributes: Attributes { Attributes(["interleaved": .integer(isInterleaved ? 1 : 0)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 3...4)
    let (x, cos) = (operands[0], operands[1])
    try requireFloat(x, "x")
    try requireRank(x, 4, "x")
    try requireRank(cos, operands.count == 4 ? 2 : 3, "cos")
    guard let half = cos.dimensions.last?.constant, half >= 0,
      (x.dimensions[3] - Dimension(2 * half)).isKnownNonNegative
    else {
      throw .extent(
        op: identifier, operand: "cos", axis: cos.rank - 1, expected: "at most half of \(x.dimensions[3])", found: cos)
    }
    if operands.count == 4 {
      let ids = operands[3]
      guard ids.element == .int64 || ids.element == .int32 else {
        throw .elementType(op: identifier, operand: "positions", expected: "integers", found: ids)
      }
      try requireType(ids, TensorType(ids.element, Array(x.dimensions[..<2])), "positions")
      try requireSame(cos, x.element, "cos")
    } else {
      try requireType(cos, TensorType(x.element, Array(x.dimensions[..<2]) + [cos.dimensions[2]]), "cos")
    }
    try requireType(operands[2], cos, "sin")
    return [x]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let x = operands[0].numbers()
    let (cos, sin) = (operands[1], operands[2])
    let (h, d) = (operands[0].shape[2], operands[0].shape[3])
    let half = cos.shape[cos.shape.rank - 1]
    let table = operands.count == 4 ? cos.shape[0] : 0
    for first in stride(from: 0, to: x.count, by: max(d, 1)) {
      var row = first / max(d, 1) / h
      if operands.count == 4 { row = operands[3].integer(at: row) }
      let isKnown = operands.count == 3 || (0..<table).contains(row)
      for i in 0..<half {
        let (a, b) = isInterleaved ? (first + 2 * i, first + 2 * i + 1) : (first + i, first + i + half)
        let (c, s) = isKnown ? (cos.number(at: row * half + i), sin.number(at: row * half + i)) : (0, 0)
        results[0].store(c * x[a] - s * x[b], at: a)
        results[0].store(s * x[a] + c * x[b], at: b)
      }
      for i in 2 * half..<max(d, 2 * half) { results[0].store(x[first + i], at: first + i) }
    }
  }
}
