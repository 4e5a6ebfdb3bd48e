public import Tensors

/// The same numbers in another floating-point type, rounded to the nearest.
///
/// Operand: x. Result: of x's extents. Source: ONNX Cast-13 between floating-point types.
public struct Convert: Operator {
  public static let identifier = "convert"
  public let element: ElementType

  public init(to element: ElementType) { self.element = element }
  public init(attributes: Attributes) throws(TypeError) {
    guard case .text(let name)? = attributes.values["to"], let element = ElementType(shortName: name) else {
      let found = attributes.values["to"].map { "\($0)" } ?? "absent"
      throw .attribute(op: Convert.identifier, name: "to", expected: "an element type", found: found)
    }
    self.element = element
  }
  public var attributes: Attributes { Attributes(["to": .text("\(element)")]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireFloat(operands[0], "x")
    guard element.isFloatingPoint else {
      throw .attribute(op: identifier, name: "to", expected: "a floating-point type", found: "\(element)")
    }
    return [TensorType(element, operands[0].dimensions)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    for position in 0..<operands[0].shape.elementCount {
      results[0].store(operands[0].number(at: position), at: position)
    }
  }
}
