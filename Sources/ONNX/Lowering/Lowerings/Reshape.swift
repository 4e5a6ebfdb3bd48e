import Graph

extension Lowering {
  /// Reshape to extents that shape computations give. https://onnx.ai/onnx/operators/onnx__Reshape.html
  static let reshape = Lowering("Reshape", since: 5) { (node) throws(LoweringError) in
    let operand = try node.operand(0)
    let target = try node.knownIntegers(1).elements
    let copiesZeros = try node.int("allowzero", default: 0) == 0
    let own = node.type(operand).dimensions
    var dimensions: [Dimension] = []
    var open: Int?
    for (axis, extent) in target.enumerated() {
      switch extent.constant {
      case -1:
        guard open == nil else {
          throw .operand(node.reference, index: 1, expected: "at most one -1", found: "\(target)")
        }
        open = axis
        dimensions.append(1)
      case 0 where copiesZeros:
        guard axis < own.count else {
          throw .operand(
            node.reference, index: 1, expected: "0 only for axes of \(node.type(operand))", found: "\(target)"
          )
        }
        dimensions.append(own[axis])
      default: dimensions.append(extent)
      }
    }
    try node.importer.check(dimensions, node.reference)
    if let open {
      let rest = dimensions.reduce(1, *)
      guard let extent = node.type(operand).elementCount.dividedExactly(by: rest) else {
        throw .operand(
          node.reference, index: 1, expected: "extents that divide the elements of \(node.type(operand))",
          found: "\(target)")
      }
      dimensions[open] = extent
    }
    return [try node.reshaped(0, dimensions)]
  }

  /// Flatten to a matrix. https://onnx.ai/onnx/operators/onnx__Flatten.html
  static let flatten = Lowering("Flatten", since: 1) { (node) throws(LoweringError) in
    let own = node.type(try node.operand(0)).dimensions
    let stated = try node.int("axis", default: 1)
    // The axis may also stand behind the last one.
    let axis = stated == own.count ? stated : try node.axis(stated, rank: own.count)
    return [try node.reshaped(0, [own[..<axis].reduce(1, *), own[axis...].reduce(1, *)])]
  }
}

extension NodeReader {
  /// An operand under other extents, in the network or in a shape computation.
  func reshaped(_ index: Int, _ dimensions: [Dimension]) throws(LoweringError) -> Imported {
    if case .indices(let indices) = try operand(index), let result = indices.reshaped(dimensions) {
      return .indices(result)
    }
    guard case .integers(let integers) = try operand(index) else {
      return try reshape(operand(index), dimensions)
    }
    let extents = dimensions.compactMap(\.constant)
    guard extents.count == dimensions.count, let result = integers.reshaped(extents) else {
      throw .operand(
        reference, index: index, expected: "as many elements as \(dimensions)", found: "\(integers)")
    }
    return .integers(result)
  }
}
