import Graph

extension Lowering {
  /// Gather from a shape, or from a value; one index or a run of them is a slice.
  /// https://onnx.ai/onnx/operators/onnx__Gather.html
  static let gather = Lowering("Gather", since: 1) { (node) throws(LoweringError) in
    let operand = try node.operand(0)
    let type = node.type(operand)
    let axis = try node.axis(node.int("axis", default: 0), rank: type.rank)
    if case .indices(let indices) = try node.operand(1) {
      guard indices.numbers(all: type.dimensions[axis]) else {
        throw .operand(
          node.reference, index: 1, expected: "all of \(type.dimensions[axis]) indices in order",
          found: "\(indices)")
      }
      var dimensions = type.dimensions
      dimensions.replaceSubrange(axis...axis, with: indices.extents)
      return [try node.reshape(operand, dimensions)]
    }
    guard let indices = try node.integers(1) else {
      return [try node.apply(Gather(axis: axis), operand, node.operand(1))]
    }
    guard let positions = indices.constants else { throw node.undecided("the indices \(indices)") }
    if let list = try node.integers(0), list.extents.count == 1 {
      var elements: [Dimension] = []
      for position in positions {
        guard let index = node.index(position, list.elements.count) else {
          throw .operand(node.reference, index: 1, expected: "indices of \(list)", found: "\(position)")
        }
        elements.append(list.elements[index])
      }
      return [.integers(IntegerTensor(list.element, extents: indices.extents, elements))]
    }
    let extent = type.dimensions[axis]
    guard let stated = positions.first, indices.extents.count <= 1,
      positions.indices.allSatisfy({ positions[$0] &- stated == $0 })
    else {
      let ends = [positions.max() ?? 0, -1 - (positions.min() ?? 0)]
      guard ends.allSatisfy({ (extent - Dimension($0 + 1)).isKnownNonNegative }) else {
        throw .operand(
          node.reference, index: 1, expected: "indices of axis \(axis) of \(type)", found: "\(indices)")
      }
      return [try node.apply(Gather(axis: axis), operand, node.operand(1))]
    }
    // From the end of an open extent there is no constant start.
    let first = stated < 0 ? (extent.constant ?? 0) + stated : stated
    let isRun = stated >= 0 || stated + positions.count <= 0
    guard first >= 0, isRun, (extent - Dimension(first) - Dimension(positions.count)).isKnownNonNegative
    else {
      throw .operand(
        node.reference, index: 1, expected: "indices of axis \(axis) of \(type)", found: "\(indices)")
    }
    let cut = try node.apply(Slice(axis: axis, start: first, count: Dimension(positions.count)), operand)
    if !indices.extents.isEmpty { return [cut] }
    var dimensions = type.dimensions
    dimensions.remove(at: axis)
    return [try node.reshape(cut, dimensions)]
  }
}

extension NodeReader {
  /// An index that may count from the end as one from the beginning; nil where it is out of range.
  fileprivate func index(_ index: Int, _ count: Int) -> Int? {
    guard index >= -count, index < count else { return nil }
    return index < 0 ? index + count : index
  }
}
