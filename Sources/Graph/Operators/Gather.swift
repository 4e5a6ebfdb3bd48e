public import Tensors

/// Slices of a tensor by their indices along one axis.
///
/// Operands: x `[b…, o…, n, i…]`; indices `[b…, k…]`, int64 or int32, from -n to n - 1: negative ones count from the
/// end. `batch` axes b… stand in both. Result: `[b…, o…, k…, i…]`. Indices that are out of range take the nearest slice.
/// Of an axis without any they are 0. Source: ONNX Gather-13; GatherND-13 is this with joined axes.
public struct Gather: Operator {
  public static let identifier = "gather"
  public let axis: Int
  /// Leading axes that both operands have; at most `axis`.
  public let batch: Int

  public init(axis: Int, batch: Int = 0) {
    self.axis = axis
    self.batch = batch
  }
  public init(attributes: Attributes) throws(TypeError) {
    axis = try attributes.integer("axis", of: Gather.identifier)
    batch = try attributes.integer("batch", of: Gather.identifier)
  }
  public var attributes: Attributes { Attributes(["axis": .integer(axis), "batch": .integer(batch)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    let (x, indices) = (operands[0], operands[1])
    try requireAxis(axis, of: x)
    try requireIndices(indices)
    guard (0...axis).contains(batch), batch <= indices.rank else {
      throw .attribute(op: identifier, name: "batch", expected: "from 0 to axis \(axis)", found: "\(batch)")
    }
    for leading in 0..<batch { try requireExtent(indices, leading, x.dimensions[leading], "indices") }
    let (before, behind) = (Array(x.dimensions[..<axis]), Array(x.dimensions[(axis + 1)...]))
    return [TensorType(x.element, before + Array(indices.dimensions[batch...]) + behind)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, indices) = (operands[0], operands[1])
    let (outer, middle) = (x.shape.count(0..<batch), x.shape.count(batch..<axis))
    let (extent, picks) = (x.shape[axis], indices.shape.count(batch..<indices.shape.rank))
    let size = x.shape.count(axis + 1..<x.shape.rank) * x.type.size
    guard extent > 0 else { return results[0].clear() }
    for block in 0..<outer * middle {
      for pick in 0..<picks {
        let index = indices.index(at: block / middle * picks + pick, extent)
        let (from, to) = ((block * extent + index) * size, (block * picks + pick) * size)
        UnsafeMutableRawBufferPointer(rebasing: results[0].bytes[to..<to + size])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: x.bytes[from..<from + size]))
      }
    }
  }
}

extension Operator {
  func requireIndices(_ type: TensorType) throws(TypeError) {
    guard type.element == .int64 || type.element == .int32 else {
      throw .elementType(op: identifier, operand: "indices", expected: "i64 or i32", found: type)
    }
  }
}

extension TensorView {
  /// An index of an axis, counted from the beginning; the nearest one where it is out of range.
  func index(at position: Int, _ extent: Int) -> Int {
    let stated = integer(at: position)
    return max(0, min(extent - 1, stated < 0 ? stated + extent : stated))
  }
}
