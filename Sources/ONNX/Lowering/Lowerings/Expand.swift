import Graph

extension Lowering {
  /// Expand; an extent of 1 on either side gives way to the other.
  /// https://onnx.ai/onnx/operators/onnx__Expand.html
  static let expand = Lowering("Expand", since: 8) { (node) throws(LoweringError) in
    let operand = try node.operand(0)
    let target = try node.knownIntegers(1)
    if case .integers(let integers) = operand {
      guard let extents = target.constants, let joint = IntegerTensor.joint(integers.extents, extents),
        let result = integers.broadcast(to: joint)
      else {
        throw .operand(
          node.reference, index: 1, expected: "extents that \(integers) can be repeated to",
          found: "\(target)")
      }
      return [.integers(result)]
    }
    let own = node.type(operand).dimensions
    let rank = max(own.count, target.elements.count)
    let left = [Dimension](repeating: 1, count: rank - own.count) + own
    let right = [Dimension](repeating: 1, count: rank - target.elements.count) + target.elements
    // Where extents differ and neither is 1, the operator refuses them.
    let joint = zip(left, right).map { $1 == 1 ? $0 : $1 }
    if joint == own { return [operand] }
    try node.importer.check(joint, node.reference)
    return [try node.apply(Broadcast(joint), operand)]
  }
}
