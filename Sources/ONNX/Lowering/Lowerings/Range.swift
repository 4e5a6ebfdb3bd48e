import Graph

extension Lowering {
  /// Range of integers that are known. https://onnx.ai/onnx/operators/onnx__Range.html
  static let range = Lowering("Range", since: 11) { (node) throws(LoweringError) in
    var numbers: [Int] = []
    for index in 0..<3 {
      let integers = try node.constantIntegers(index)
      guard integers.count == 1 else {
        throw .operand(node.reference, index: index, expected: "one integer", found: "\(integers)")
      }
      numbers.append(integers[0])
    }
    let (start, limit, delta) = (numbers[0], numbers[1], numbers[2])
    guard delta != 0 else {
      throw .operand(node.reference, index: 2, expected: "a step other than 0", found: "0")
    }
    // Dimensions are below 2^56, so the difference does not overflow.
    let distance = delta > 0 ? limit - start : start - limit
    let count = distance <= 0 ? 0 : (distance - 1) / abs(delta) + 1
    guard count <= IntegerTensor.limit else {
      throw .limit(node.reference, what: "integers in a list", limit: IntegerTensor.limit, found: count)
    }
    return [.integers(IntegerTensor(vector: (0..<count).map { Dimension(start + $0 * delta) }))]
  }
}
