import Tensors

/// Why an operator cannot take its operands.
public enum TypeError: Error, Hashable, Sendable {
  case operandCount(op: String, expected: String, found: Int)
  case rank(op: String, operand: String, expected: String, found: TensorType)
  case elementType(op: String, operand: String, expected: String, found: TensorType)
  /// Two extents that must agree do not. `expected` says with what.
  case extent(op: String, operand: String, axis: Int, expected: String, found: TensorType)
  case attribute(op: String, name: String, expected: String, found: String)
}

extension TypeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .operandCount(let op, let expected, let found):
      "\(op): \(expected) operands expected, \(found) found"
    case .rank(let op, let operand, let expected, let found):
      "\(op): \(operand) must have rank \(expected), but is \(found)"
    case .elementType(let op, let operand, let expected, let found):
      "\(op): \(operand) must hold \(expected), but is \(found)"
    case .extent(let op, let operand, let axis, let expected, let found):
      "\(op): axis \(axis) of \(operand) must be \(expected), but \(operand) is \(found)"
    case .attribute(let op, let name, let expected, let found):
      "\(op): attribute \(name) must be \(expected), but is \(visible(found))"
    }
  }
}
