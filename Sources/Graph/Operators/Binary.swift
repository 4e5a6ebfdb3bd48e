public import Tensors

/// A function of two elements, element by element, with broadcasting.
///
/// Operands: a, b of one element type; their axes align from the last, and an extent of 1 is repeated.
/// Result: the broadcast shape, of the operands' type, or truth values for comparisons. Integers wrap around.
/// Source: ONNX Add-14, Sub-14, Mul-14, Div-14, Pow-15, Mod-13, Max-13, Min-13, And-7, Or-7, Xor-7, BitwiseAnd-18,
/// BitwiseOr-18, BitwiseXor-18, BitShift-11, Equal-19, Less-13, LessOrEqual-16.
public struct Binary: Operator {
  public static let identifier = "binary"
  public enum Function: String, CaseIterable, Sendable {
    case add, subtract, multiply
    /// Of integers, rounded toward zero; a quotient by zero is the dividend.
    case divide
    case power
    /// a - b · floor(a / b), of the divisor's sign.
    case modulo
    /// What a division that rounds toward zero leaves, of the dividend's sign.
    case remainder
    /// Not a number where either operand is none.
    case maximum, minimum
    /// Of truth values, or bit by bit of integers.
    case and, or, xor
    /// By a negative number as by one that leaves only the sign, or nothing.
    case shiftLeft, shiftRight
    case equal, less, lessOrEqual

    /// Whether the result is a truth value whatever the operands are.
    public var isComparison: Bool { self == .equal || self == .less || self == .lessOrEqual }
    var isLogical: Bool { self == .and || self == .or || self == .xor }
    var isShift: Bool { self == .shiftLeft || self == .shiftRight }
  }
  public let function: Function

  public init(_ function: Function) { self.function = function }
  public init(attributes: Attributes) throws(TypeError) {
    function = try attributes.choice("function", of: Binary.identifier)
  }
  public var attributes: Attributes { Attributes(["function": .text(function.rawValue)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    try requireElements(operands[0])
    try requireSame(operands[1], operands[0].element, "b")
    let dimensions = try requireJoint(operands, ["a", "b"])
    return [TensorType(function.isComparison ? .bool : operands[0].element, dimensions)]
  }

  private func requireElements(_ a: TensorType) throws(TypeError) {
    let fits: Bool
    let expected: String
    if function.isLogical || function.isShift {
      (fits, expected) = (!a.element.isFloatingPoint, function.isShift ? "integers" : "integers or truth values")
    } else {
      (fits, expected) = (a.element != .bool || function == .equal, "numbers")
    }
    guard fits, a.element != .bool || !function.isShift else {
      throw .elementType(op: identifier, operand: "a", expected: expected, found: a)
    }
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    if let scalar = operands[0].type.integerScalar {
      evaluateIntegers(operands, into: results[0], scalar)
    } else {
      evaluateNumbers(operands, into: results[0])
    }
  }

  private func evaluateNumbers(_ operands: [TensorView], into result: MutableTensorView) {
    let left = BroadcastIndex(operands[0].shape, in: result.shape)
    let right = BroadcastIndex(operands[1].shape, in: result.shape)
    for position in 0..<result.shape.elementCount {
      let a = operands[0].number(at: left.position(position))
      let b = operands[1].number(at: right.position(position))
      result.store(function.value(a, b), at: position)
    }
  }

  private func evaluateIntegers<Scalar: FixedWidthInteger & TensorScalar>(
    _ operands: [TensorView], into result: MutableTensorView, _: Scalar.Type
  ) {
    let left = BroadcastIndex(operands[0].shape, in: result.shape)
    let right = BroadcastIndex(operands[1].shape, in: result.shape)
    for position in 0..<result.shape.elementCount {
      let a = operands[0].scalar(at: left.position(position), as: Scalar.self)
      let b = operands[1].scalar(at: right.position(position), as: Scalar.self)
      let value = function.value(a, b)
      if function.isComparison {
        result.store(scalar: UInt8(truncatingIfNeeded: value), at: position)
      } else {
        result.store(scalar: value, at: position)
      }
    }
  }
}
