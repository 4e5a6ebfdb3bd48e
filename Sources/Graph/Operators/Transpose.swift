public import Tensors

/// Permutes the axes.
///
/// Operand: x. Result: axis i is axis `permutation[i]` of x. Source: ONNX Transpose-13.
public struct Transpose: Operator {
  public static let identifier = "transpose"
  public let permutation: [Int]

  public init(_ permutation: [Int]) { self.permutation = permutation }
  public init(attributes: Attributes) throws(TypeError) {
    permutation = try attributes.integers("permutation", of: Transpose.identifier)
  }
  public var attributes: Attributes { Attributes(["permutation": .integers(permutation)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    guard permutation.sorted() == Array(0..<operands[0].rank) else {
      throw .attribute(
        op: identifier, name: "permutation", expected: "a permutation of the axes of \(operands[0])",
        found: "\(permutation)")
    }
    return [TensorType(operands[0].element, permutation.map { operands[0].dimensions[$0] })]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    permuteAxes(operands[0], permutation, into: results[0].bytes)
  }
}
