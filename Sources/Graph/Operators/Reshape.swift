public import Tensors

/// The same elements in the same order under other extents.
///
/// Operand: x. Result: `dimensions`, whose product is x's. Source: ONNX Reshape-14.
public struct Reshape: Operator {
  public static let identifier = "reshape"
  public let dimensions: [Dimension]

  public init(_ dimensions: [Dimension]) { self.dimensions = dimensions }
  public init(attributes: Attributes) throws(TypeError) {
    dimensions = try attributes.dimensions("dimensions", of: Reshape.identifier)
  }
  public var attributes: Attributes { Attributes(["dimensions": .dimensions(dimensions)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    let result = TensorType(operands[0].element, dimensions)
    guard result.hasAsManyElements(as: operands[0]) else {
      throw .attribute(
        op: identifier, name: "dimensions", expected: "as many elements as \(operands[0]) has",
        found: "\(Attributes.Value.dimensions(dimensions))")
    }
    return [result]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    results[0].bytes.copyMemory(from: operands[0].bytes)
  }
}
