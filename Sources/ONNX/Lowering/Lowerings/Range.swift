import Graph
import Tensors

extension Lowering {
  /// Range of numbers that are known; the end may be open where the range counts up by one from 0. https://onnx.ai/onnx/operators/onnx__Range.html
  static let range = Lowering("Range", since: 11) { (node) throws(LoweringError) in
    let element = node.type(try node.operand(0)).element
    if element.isFloatingPoint { return [try node.progression(element)] }
    if let limit = try node.knownIntegers(1).elements.first, limit.constant == nil,
      try node.constantIntegers(0) == [0], try node.constantIntegers(2) == [1]
    {
      return [.indices(AffineIndices(.int64, extents: [limit], steps: [1], offset: 0))]
    }
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
    let count = distance <= 0 ? 0 : (distance - 1) / Swift.abs(delta) + 1
    guard count <= IntegerTensor.limit else {
      throw .limit(node.reference, what: "integers in a list", limit: IntegerTensor.limit, found: count)
    }
    return [
      .integers(IntegerTensor(element, extents: [count], (0..<count).map { Dimension(start + $0 * delta) }))
    ]
  }
}

extension NodeReader {
  fileprivate func progression(_ element: ElementType) throws(LoweringError) -> Imported {
    var numbers: [Double] = []
    for index in 0..<3 {
      let known = try knownNumbers(index)
      guard known.count == 1, known[0].isFinite else {
        throw .operand(reference, index: index, expected: "one number", found: "\(known)")
      }
      numbers.append(known[0])
    }
    let (start, delta) = (numbers[0], numbers[2])
    let count = max(0, ((numbers[1] - start) / delta).rounded(.up))
    guard delta != 0, count <= Double(IntegerTensor.limit) else {
      throw .operand(
        reference, index: 2, expected: "a step that makes at most \(IntegerTensor.limit) numbers", found: "\(delta)")
    }
    let shape = Shape([Int(count)])
    return constant(
      Tensor(type: element, shape: shape) { bytes in
        let view = MutableTensorView(type: element, shape: shape, bytes: bytes)
        for place in 0..<shape.elementCount { view.store(start + Double(place) * delta, at: place) }
      })
  }
}
