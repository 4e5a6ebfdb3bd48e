public import Tensors

/// Repeats a tensor along axes where its extent is 1, and along new leading axes.
///
/// Operand: x. Result: `dimensions`. Source: ONNX Expand-13.
public struct Broadcast: Operator {
  public static let identifier = "broadcast"
  public let dimensions: [Dimension]

  public init(_ dimensions: [Dimension]) { self.dimensions = dimensions }
  public init(attributes: Attributes) throws(TypeError) {
    dimensions = try attributes.dimensions("dimensions", of: Broadcast.identifier)
  }
  public var attributes: Attributes { Attributes(["dimensions": .dimensions(dimensions)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    let missing = dimensions.count - operands[0].rank
    let fits =
      missing >= 0
      && operands[0].dimensions.enumerated().allSatisfy { axis, extent in
        extent == 1 || extent == dimensions[missing + axis]
      }
    guard fits else {
      throw .attribute(
        op: identifier, name: "dimensions", expected: "a shape that \(operands[0]) can be repeated to",
        found: "\(Attributes.Value.dimensions(dimensions))")
    }
    return [TensorType(operands[0].element, dimensions)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let index = BroadcastIndex(operands[0].shape, in: results[0].shape)
    let size = operands[0].type.size
    for position in 0..<results[0].shape.elementCount {
      let from = index.position(position) * size
      UnsafeMutableRawBufferPointer(rebasing: results[0].bytes[position * size..<(position + 1) * size])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: operands[0].bytes[from..<from + size]))
    }
  }
}
