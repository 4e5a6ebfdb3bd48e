public import Tensors

/// A product of matrices, or of stacks of them.
///
/// Operands: a `[…, m, k]`, b `[…, k, n]`; leading axes align from the last, and an extent of 1 is repeated.
/// Result: `[…, m, n]`. y = a · b for each pair of matrices. Source: ONNX MatMul-13; numpy.matmul.
public struct MatMul: Operator {
  public static let identifier = "matMul"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    let (a, b) = (operands[0], operands[1])
    try requireFloat(a, "a")
    try requireSame(b, a.element, "b")
    for (type, operand) in [(a, "a"), (b, "b")] where type.rank < 2 {
      throw .rank(op: identifier, operand: operand, expected: "2 or more", found: type)
    }
    let rank = max(a.rank, b.rank)
    try requireExtent(b, b.rank - 2, a.dimensions[a.rank - 1], "b")
    var dimensions: [Dimension] = []
    for axis in 0..<rank - 2 {
      let left = axis < rank - a.rank ? 1 : a.dimensions[axis - (rank - a.rank)]
      let right = axis < rank - b.rank ? 1 : b.dimensions[axis - (rank - b.rank)]
      guard left == right || left == 1 || right == 1 else {
        throw .extent(
          op: identifier, operand: "b", axis: axis - (rank - b.rank), expected: "\(left) or 1", found: b)
      }
      dimensions.append(left == 1 ? right : left)
    }
    return [TensorType(a.element, dimensions + [a.dimensions[a.rank - 2], b.dimensions[b.rank - 1]])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (a, b) = (operands[0].numbers(), operands[1].numbers())
    let (left, right, result) = (operands[0].shape, operands[1].shape, results[0].shape)
    let (m, k, n) = (left[left.rank - 2], left[left.rank - 1], right[right.rank - 1])
    guard result.elementCount > 0 else { return }
    // The leading axes alone broadcast; each of their positions is one matrix.
    let stacks = Shape(Array(result.extents.dropLast(2)))
    let leftStack = BroadcastIndex(Shape(Array(left.extents.dropLast(2))), in: stacks)
    let rightStack = BroadcastIndex(Shape(Array(right.extents.dropLast(2))), in: stacks)
    for stack in 0..<stacks.elementCount {
      let (from, to) = (leftStack.position(stack) * m * k, rightStack.position(stack) * k * n)
      for row in 0..<m {
        for column in 0..<n {
          let sum = (0..<k).reduce(0) { $0 + a[from + row * k + $1] * b[to + $1 * n + column] }
          results[0].store(sum, at: (stack * m + row) * n + column)
        }
      }
    }
  }
}
