public import Tensors

/// How many elements of a tensor are of a kind.
///
/// Operand: x. Result: int64, a scalar. Source: none; used with ``LeadingRows``.
public struct Count: Operator {
  public static let identifier = "count"
  public enum Function: String, CaseIterable, Sendable {
    case notZero
    /// Zero or more.
    case notNegative
  }
  public let function: Function

  public init(_ function: Function) { self.function = function }
  public init(attributes: Attributes) throws(TypeError) {
    function = try attributes.choice("function", of: Count.identifier)
  }
  public var attributes: Attributes { Attributes(["function": .text(function.rawValue)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    return [TensorType(.int64, [Dimension]())]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let count = (0..<operands[0].shape.elementCount).count { position in
      let number = operands[0].number(at: position)
      return function == .notZero ? number != 0 : number >= 0
    }
    results[0].store(count, at: 0)
  }
}
