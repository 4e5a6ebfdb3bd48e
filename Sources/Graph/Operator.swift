public import Tensors

/// A pure function of tensors: what it is called, which types it makes of which, and its meaning.
///
/// `evaluate` is the specification that fast kernels are compared with: written for clarity, in Double where sums
/// are long. It is called with operands and results that `resultTypes` has accepted, so it cannot fail.
public protocol Operator: Sendable {
  /// Stable: it stands in model files.
  static var identifier: String { get }

  /// Reads the settings back from a file; the inverse of `attributes`.
  init(attributes: Attributes) throws(TypeError)
  var attributes: Attributes { get }

  func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType]
  func evaluate(_ operands: [TensorView], into results: [MutableTensorView])
}

extension Operator {
  public var identifier: String { Self.identifier }

  /// Whether two operators are the same function.
  public func isEqual(to other: any Operator) -> Bool {
    identifier == other.identifier && attributes == other.attributes
  }
}
