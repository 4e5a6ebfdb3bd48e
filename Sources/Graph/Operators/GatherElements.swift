public import Tensors

/// Elements of a tensor by their indices along one axis.
///
/// Operands: x; indices of x's rank, int64 or int32, no larger than x on the other axes; negative ones count from the
/// end. Result: of the indices' extents: at p the element of x at p with its index in place of `p[axis]`. Indices that
/// are out of range take the nearest element. Of an axis without any they are 0. Source: ONNX GatherElements-13.
public struct GatherElements: Operator {
  public static let identifier = "gatherElements"
  public let axis: Int

  public init(axis: Int) { self.axis = axis }
  public init(attributes: Attributes) throws(TypeError) {
    axis = try attributes.integer("axis", of: GatherElements.identifier)
  }
  public var attributes: Attributes { Attributes(["axis": .integer(axis)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    let (x, indices) = (operands[0], operands[1])
    try requireAxis(axis, of: x)
    try requireIndices(indices)
    try requireWithin(indices, x, "indices", except: axis)
    return [TensorType(x.element, indices.dimensions)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, indices) = (operands[0], operands[1])
    let strides = x.shape.strides
    guard x.shape[axis] > 0 else { return results[0].clear() }
    for position in 0..<indices.shape.elementCount {
      var (rest, from) = (position, 0)
      for each in (0..<x.shape.rank).reversed() {
        let own = rest % indices.shape[each]
        rest /= indices.shape[each]
        from += (each == axis ? indices.index(at: position, x.shape[axis]) : own) * strides[each]
      }
      results[0].copy(x, from: from, to: position)
    }
  }
}

extension Operator {
  /// Throws where a tensor has another rank, or reaches beyond another on an axis other than `exempt`.
  func requireWithin(_ type: TensorType, _ whole: TensorType, _ operand: String, except exempt: Int)
    throws(TypeError)
  {
    try requireRank(type, whole.rank, operand)
    for axis in 0..<whole.rank where axis != exempt {
      guard (whole.dimensions[axis] - type.dimensions[axis]).isKnownNonNegative else {
        throw .extent(
          op: identifier, operand: operand, axis: axis, expected: "at most \(whole.dimensions[axis])", found: type)
      }
    }
  }
}
