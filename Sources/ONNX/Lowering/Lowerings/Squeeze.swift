import Graph

extension Lowering {
  /// Squeeze with axes as an attribute. https://onnx.ai/onnx/operators/onnx__Squeeze.html
  static let squeezeByAttribute = Lowering("Squeeze", since: 1, through: 12) { (node) throws(LoweringError) in
    let axes = try node.ints("axes")
    return [try node.squeezed(axes)]
  }

  /// Squeeze with axes as an operand, from version 13 on.
  static let squeeze = Lowering("Squeeze", since: 13) { (node) throws(LoweringError) in
    let axes = node.optional(1) == nil ? nil : try node.constantIntegers(1)
    return [try node.squeezed(axes)]
  }

  /// Unsqueeze with axes as an attribute. https://onnx.ai/onnx/operators/onnx__Unsqueeze.html
  static let unsqueezeByAttribute = Lowering("Unsqueeze", since: 1, through: 12) {
    (node) throws(LoweringError) in
    let axes = try node.ints("axes")
    return [try node.unsqueezed(axes ?? [])]
  }

  /// Unsqueeze with axes as an operand, from version 13 on.
  static let unsqueeze = Lowering("Unsqueeze", since: 13) { (node) throws(LoweringError) in
    [try node.unsqueezed(node.constantIntegers(1))]
  }
}

extension NodeReader {
  /// Operand 0 without axes of extent 1: those listed, or all of them.
  fileprivate func squeezed(_ listed: [Int]?) throws(LoweringError) -> Imported {
    let type = type(try operand(0))
    let axes: [Int]
    if let listed {
      axes = try self.axes(listed, rank: type.rank)
      guard axes.allSatisfy({ type.dimensions[$0] == 1 }) else {
        throw .operand(reference, index: 0, expected: "extents of 1 on axes \(axes)", found: "\(type)")
      }
    } else {
      axes = type.dimensions.indices.filter { type.dimensions[$0] == 1 }
    }
    return try reshaped(0, type.dimensions.indices.filter { !axes.contains($0) }.map { type.dimensions[$0] })
  }

  /// Operand 0 with further axes of extent 1, counted in the result.
  fileprivate func unsqueezed(_ listed: [Int]) throws(LoweringError) -> Imported {
    let type = type(try operand(0))
    guard listed.count <= 12 else { throw .limit(reference, what: "axes", limit: 12, found: listed.count) }
    let axes = try self.axes(listed, rank: type.rank + listed.count)
    var dimensions = type.dimensions
    for axis in axes { dimensions.insert(1, at: axis) }
    return try reshaped(0, dimensions)
  }
}
