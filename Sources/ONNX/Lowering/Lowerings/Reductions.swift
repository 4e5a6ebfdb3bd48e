import Graph

extension Lowering {
  /// ReduceMean with axes as an attribute. https://onnx.ai/onnx/operators/onnx__ReduceMean.html
  static let reduceMean = Lowering("ReduceMean", since: 1, through: 17) { (node) throws(LoweringError) in
    let axes = try node.ints("axes")
    return [try node.mean(node.operand(0), axes, keeps: node.keepsAxes())]
  }

  /// ReduceMean with axes as an operand, from version 18 on.
  static let reduceMeanWithAxes = Lowering("ReduceMean", since: 18) { (node) throws(LoweringError) in
    guard let axes = try node.reducedAxes() else { return [try node.operand(0)] }
    return [try node.mean(node.operand(0), axes.isEmpty ? nil : axes, keeps: node.keepsAxes())]
  }

  /// GlobalAveragePool: the mean over all axes but batch and channels.
  /// https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html
  static let globalAveragePool = Lowering("GlobalAveragePool", since: 1) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    return [try node.mean(x, Array(2..<max(node.type(x).rank, 2)), keeps: true)]
  }

  /// ReduceProd of shapes. https://onnx.ai/onnx/operators/onnx__ReduceProd.html
  static let reduceProd = Lowering("ReduceProd", since: 1, through: 17) { (node) throws(LoweringError) in
    let axes = try node.ints("axes")
    return [.integers(try node.product(axes))]
  }

  /// ReduceProd with axes as an operand, from version 18 on.
  static let reduceProdWithAxes = Lowering("ReduceProd", since: 18) { (node) throws(LoweringError) in
    guard let axes = try node.reducedAxes() else { return [try node.operand(0)] }
    return [.integers(try node.product(axes.isEmpty ? nil : axes))]
  }
}

extension NodeReader {
  /// The axes that operand 1 lists; empty stands for all of them, nil for none.
  fileprivate func reducedAxes() throws(LoweringError) -> [Int]? {
    let axes = optional(1) == nil ? [] : try constantIntegers(1)
    let nothing = try int("noop_with_empty_axes", default: 0) != 0
    if axes.isEmpty, nothing {
      ignore("keepdims")
      return nil
    }
    return axes
  }

  fileprivate func keepsAxes() throws(LoweringError) -> Bool { try int("keepdims", default: 1) != 0 }

  /// The mean over axes, all of them where they are nil, one after the other.
  fileprivate func mean(_ x: Imported, _ listed: [Int]?, keeps: Bool) throws(LoweringError) -> Imported {
    let type = type(x)
    let axes = try axes(listed ?? Array(0..<type.rank), rank: type.rank)
    var result = x
    for axis in axes.reversed() { result = try apply(Mean(axis: axis), result) }
    guard keeps else { return result }
    var kept = type.dimensions
    for axis in axes { kept[axis] = 1 }
    return try reshape(result, kept)
  }

  /// The product of a list of integers.
  fileprivate func product(_ listed: [Int]?) throws(LoweringError) -> IntegerTensor {
    let list = try knownIntegers(0)
    let keeps = try keepsAxes()
    let axes = try axes(listed ?? Array(list.extents.indices), rank: list.extents.count)
    guard list.extents.count <= 1, axes.count == list.extents.count else {
      throw .operand(reference, index: 0, expected: "a list of integers, reduced whole", found: "\(list)")
    }
    var product: Dimension = 1
    for element in list.elements {
      try importer.check([product, element], reference, mayBeNegative: true)
      product = product * element
      try importer.check(product, reference)
    }
    return IntegerTensor(list.element, extents: keeps ? list.extents.map { _ in 1 } : [], [product])
  }
}
