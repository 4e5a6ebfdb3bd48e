public import Tensors

/// The determinant of each matrix.
///
/// Operand: x `[…, n, n]`. Result: `[…]`. By elimination with the largest pivot of each column. Source: ONNX Det-11.
public struct Determinant: Operator {
  public static let identifier = "determinant"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    let x = operands[0]
    try requireFloat(x, "x")
    guard x.rank >= 2 else { throw .rank(op: identifier, operand: "x", expected: "2 or more", found: x) }
    try requireExtent(x, x.rank - 1, x.dimensions[x.rank - 2], "x")
    return [TensorType(x.element, Array(x.dimensions.dropLast(2)))]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let n = operands[0].shape.extents.last ?? 0
    for matrix in 0..<results[0].shape.elementCount {
      var rows = (0..<n).map { row in
        (0..<n).map { operands[0].number(at: (matrix * n + row) * n + $0) }
      }
      var product = 1.0
      for column in 0..<n {
        let pivot = (column..<n).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
        if pivot != column {
          rows.swapAt(pivot, column)
          product = -product
        }
        product *= rows[column][column]
        guard rows[column][column] != 0 else { break }
        for row in (column + 1)..<max(n, column + 1) {
          let factor = rows[row][column] / rows[column][column]
          for each in column..<n { rows[row][each] -= factor * rows[column][each] }
        }
      }
      results[0].store(product, at: matrix)
    }
  }
}
