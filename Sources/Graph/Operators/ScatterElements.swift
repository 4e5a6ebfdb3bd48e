public import Tensors

/// A tensor with elements put in by their indices along one axis.
///
/// Operands: x; indices of x's rank, int64 or int32, no larger than x on the other axes; negative ones count from the
/// end; updates of the indices' extents and x's type. Result: x, at p with its index in place of `p[axis]` combined
/// with the update at p, one after the other. Indices that are out of range are passed over.
/// Source: ONNX ScatterElements-18; ScatterND-18 is this with joined axes.
public struct ScatterElements: Operator {
  public static let identifier = "scatterElements"
  public enum Combination: String, CaseIterable, Sendable {
    /// The update in the place of the element.
    case replace
    case add, multiply, maximum, minimum

    fileprivate var binary: Binary.Function? {
      switch self {
      case .replace: nil
      case .add: .add
      case .multiply: .multiply
      case .maximum: .maximum
      case .minimum: .minimum
      }
    }
  }
  public let axis: Int
  public let combination: Combination

  public init(axis: Int, _ combination: Combination = .replace) {
    self.axis = axis
    self.combination = combination
  }
  public init(attributes: Attributes) throws(TypeError) {
    axis = try attributes.integer("axis", of: ScatterElements.identifier)
    combination = try attributes.choice("combination", of: ScatterElements.identifier)
  }
  public var attributes: Attributes {
    Attributes(["axis": .integer(axis), "combination": .text(combination.rawValue)])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 3...3)
    let (x, indices, updates) = (operands[0], operands[1], operands[2])
    try requireAxis(axis, of: x)
    try requireIndices(indices)
    try requireWithin(indices, x, "indices", except: axis)
    try requireType(updates, TensorType(x.element, indices.dimensions), "updates")
    guard combination == .replace || x.element != .bool else {
      throw .elementType(op: identifier, operand: "x", expected: "numbers", found: x)
    }
    return [x]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, indices, updates) = (operands[0], operands[1], operands[2])
    results[0].bytes.copyMemory(from: x.bytes)
    let (strides, extent) = (x.shape.strides, x.shape[axis])
    for position in 0..<indices.shape.elementCount {
      let stated = indices.integer(at: position)
      let index = stated < 0 ? stated + extent : stated
      guard (0..<extent).contains(index) else { continue }
      var (rest, target) = (position, 0)
      for each in (0..<x.shape.rank).reversed() {
        target += (each == axis ? index : rest % indices.shape[each]) * strides[each]
        rest /= indices.shape[each]
      }
      combine(updates, position, into: results[0], target)
    }
  }

  private func combine(_ updates: TensorView, _ position: Int, into result: MutableTensorView, _ target: Int) {
    guard let function = combination.binary else { return result.copy(updates, from: position, to: target) }
    guard let scalar = updates.type.integerScalar else {
      result.store(function.value(result.view.number(at: target), updates.number(at: position)), at: target)
      return
    }
    func open<Scalar: FixedWidthInteger & TensorScalar>(_: Scalar.Type) {
      let (old, new) = (result.view.scalar(at: target, as: Scalar.self), updates.scalar(at: position, as: Scalar.self))
      result.store(scalar: function.value(old, new), at: target)
    }
    open(scalar)
  }
}
