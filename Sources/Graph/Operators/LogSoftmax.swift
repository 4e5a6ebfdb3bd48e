public import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The logarithm of a softmax along the last axis.
///
/// Operand: x `[…, c]`. Result: of x's type. y = x - max - log Σ exp(x - max). Source: ONNX LogSoftmax-13.
public struct LogSoftmax: Operator {
  public static let identifier = "logSoftmax"

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
    for first in stride(from: 0, to: x.count, by: c) {
      let row = x[first..<first + c]
      let largest = row.max() ?? 0
      let sum = row.reduce(0) { $0 + exp($1 - largest) }
      for i in row.indices { results[0].store(x[i] - largest - log(sum), at: i) }
    }
  }
}
