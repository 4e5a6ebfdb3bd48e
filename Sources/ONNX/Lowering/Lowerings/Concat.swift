import Graph

extension Lowering {
  /// Concat of values, or of lists in a shape computation. https://onnx.ai/onnx/operators/onnx__Concat.html
  static let concat = Lowering("Concat", since: 4) { (node) throws(LoweringError) in
    guard node.operandCount > 0 else {
      throw .operand(node.reference, index: 0, expected: "a value", found: "none")
    }
    var operands: [Imported] = []
    for index in 0..<node.operandCount { operands.append(try node.operand(index)) }
    guard let stated = try node.int("axis") else {
      throw .attribute(node.reference, name: "axis", expected: "an integer", found: "none")
    }
    let axis = try node.axis(stated, rank: node.type(operands[0]).rank)
    let lists = operands.compactMap(node.importer.integers).filter { $0.extents.count == 1 }
    if lists.count == operands.count {
      let elements = lists.flatMap(\.elements)
      guard elements.count <= IntegerTensor.limit else {
        throw .limit(
          node.reference, what: "integers in a list", limit: IntegerTensor.limit, found: elements.count)
      }
      return [.integers(IntegerTensor(lists[0].element, extents: [elements.count], elements))]
    }
    return [operands.count == 1 ? operands[0] : try node.apply(Concat(axis: axis), to: operands)]
  }
}
