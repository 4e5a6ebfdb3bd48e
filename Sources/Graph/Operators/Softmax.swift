public import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Exponentials along the last axis, divided by their sum.
///
/// Operand: x `[…, c]`. Result: `[…, c]`. y = exp(x - max) / Σ exp(x - max). Source: ONNX Softmax-13 with axis = -1.
public struct Softmax: Operator {
  public static let identifier = "softmax"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireFloat(operands[0], "x")
    guard operands[0].rank > 0 else {
      throw .rank(op: identifier, operand: "x", expected: "1 or more", found: operands[0])
    }
    return [operands[0]]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let x = operands[0].numbers()
    let c = operands[0].shape[operands[0].shape.rank - 1]
    guard c > 0 else { return }
    for row in 0..<x.count / c {
      for (i, value) in softmax(Array(x[row * c..<(row + 1) * c])).enumerated() {
        results[0].store(value, at: row * c + i)
      }
    }
  }
}

func softmax(_ row: [Double]) -> [Double] {
  let largest = row.max() ?? 0
  let exponentials = row.map { exp($0 - largest) }
  let sum = exponentials.reduce(0, +)
  return exponentials.map { $0 / sum }
}
