public import Tensors

/// The same numbers in another element type.
///
/// Operand: x. Result: of x's extents. Floating-point results are rounded to the nearest; integers of floating-point
/// numbers are rounded toward zero and kept in range; integers of integers wrap around; truth values say what is not 0.
/// Source: ONNX Cast-13.
public struct Convert: Operator {
  public static let identifier = "convert"
  public let element: ElementType

  public init(to element: ElementType) { self.element = element }
  public init(attributes: Attributes) throws(TypeError) {
    element = try attributes.element("to", of: Convert.identifier)
  }
  public var attributes: Attributes { Attributes(["to": .text("\(element)")]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    return [TensorType(element, operands[0].dimensions)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    if element != .bool, let from = operands[0].type.integerScalar, let to = element.integerScalar {
      func open<Source: FixedWidthInteger & TensorScalar>(_: Source.Type) {
        wrap(operands[0], Source.self, results[0], to)
      }
      return open(from)
    }
    for position in 0..<operands[0].shape.elementCount {
      let number = operands[0].number(at: position)
      results[0].store(element == .bool && number.isNaN ? 1 : number, at: position)
    }
  }

  private func wrap<Source: FixedWidthInteger & TensorScalar, Target: FixedWidthInteger & TensorScalar>(
    _ x: TensorView, _: Source.Type, _ result: MutableTensorView, _: Target.Type
  ) {
    for position in 0..<x.shape.elementCount {
      result.store(scalar: Target(truncatingIfNeeded: x.scalar(at: position, as: Source.self)), at: position)
    }
  }
}
