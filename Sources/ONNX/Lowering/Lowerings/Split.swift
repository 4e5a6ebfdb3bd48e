import Graph

extension Lowering {
  /// Split with its sizes as an attribute. https://onnx.ai/onnx/operators/onnx__Split.html
  static let splitByAttribute = Lowering("Split", since: 2, through: 12) { (node) throws(LoweringError) in
    let sizes = try node.ints("split")
    return try node.split(sizes)
  }

  /// Split with its sizes as an operand, from version 13 on.
  static let split = Lowering("Split", since: 13) { (node) throws(LoweringError) in
    let sizes = node.optional(1) == nil ? nil : try node.constantIntegers(1)
    return try node.split(sizes)
  }
}

extension NodeReader {
  fileprivate func split(_ stated: [Int]?) throws(LoweringError) -> [Imported] {
    let operand = try operand(0)
    let type = type(operand)
    let axis = try axis(int("axis", default: 0), rank: type.rank)
    let extent = type.dimensions[axis]
    let parts = try int("num_outputs") ?? node.outputs.count
    guard parts > 0, parts == node.outputs.count else {
      throw .attribute(
        reference, name: "num_outputs", expected: "as many as the node has results, \(node.outputs.count)",
        found: "\(parts)")
    }
    let sizes = if let stated { stated.map { Dimension($0) } } else { try equal(parts, of: extent) }
    guard sizes.count == parts, sizes.allSatisfy(\.isKnownNonNegative), sizes.reduce(0, +) == extent else {
      throw .operand(
        reference, index: 1, expected: "\(parts) sizes that add up to \(extent)",
        found: "\(Attributes.Value.dimensions(sizes))")
    }
    var start: Dimension = 0
    var results: [Imported] = []
    for size in sizes {
      guard let first = start.constant else { throw undecided("where part \(results.count) starts") }
      if case .integers(let integers) = operand, let count = size.constant, type.rank == 1 {
        let kept = Array(integers.elements[first..<first + count])
        results.append(.integers(IntegerTensor(integers.element, extents: [count], kept)))
      } else {
        results.append(
          size == extent ? operand : try apply(Slice(axis: axis, start: first, count: size), operand))
      }
      start = start + size
    }
    return results
  }

  /// Parts of one size; where that does not come out even, the last one is smaller.
  private func equal(_ parts: Int, of extent: Dimension) throws(LoweringError) -> [Dimension] {
    if let exact = extent.dividedExactly(by: Dimension(parts)) {
      return [Dimension](repeating: exact, count: parts)
    }
    guard let count = extent.constant, count >= 0 else {
      throw undecided("the size of \(parts) parts of \(extent)")
    }
    let size = count / parts + 1
    return (0..<parts).map { Dimension(max(0, min(size, count - min($0, count) * size))) }
  }
}
