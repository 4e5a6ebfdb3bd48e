import Graph

extension Lowering {
  /// The extents from `start` up to `end`. https://onnx.ai/onnx/operators/onnx__Shape.html
  static let shape = Lowering("Shape", since: 1) { (node) throws(LoweringError) in
    let dimensions = node.type(try node.operand(0)).dimensions
    func bound(_ stated: Int) -> Int {
      max(0, min(dimensions.count, stated < 0 ? stated + dimensions.count : stated))
    }
    let start = bound(try node.int("start", default: 0))
    let end = bound(try node.int("end", default: dimensions.count))
    return [.integers(IntegerTensor(vector: Array(dimensions[min(start, end)..<end])))]
  }

  /// The number of elements. https://onnx.ai/onnx/operators/onnx__Size.html
  static let size = Lowering("Size", since: 1) { (node) throws(LoweringError) in
    let count = node.type(try node.operand(0)).elementCount
    try node.importer.check(count, node.reference)
    return [.integers(IntegerTensor(extents: [], [count]))]
  }
}
