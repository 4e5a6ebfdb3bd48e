import Graph
import Tensors

// Add, Sub, Mul, Div: on values of the network, and on integers in shape computations.
// https://onnx.ai/onnx/operators/onnx__Add.html and the like.

extension Lowering {
  static let add = Lowering("Add", since: 7) { (node) throws(LoweringError) in
    if let indices = try node.affine({ $0 + $1 }) { return [.indices(indices)] }
    return try arithmetic(node, .add) { a, b in a + b }
  }

  static let subtract = Lowering("Sub", since: 7) { (node) throws(LoweringError) in
    try arithmetic(node, .subtract) { a, b in a - b }
  }

  static let multiply = Lowering("Mul", since: 7) { (node) throws(LoweringError) in
    let product = try node.affine { a, b in
      if b.extents.allSatisfy({ $0 == 1 }) { return a.scaled(by: b.offset) }
      return a.extents.allSatisfy({ $0 == 1 }) ? b.scaled(by: a.offset) : nil
    }
    if let product { return [.indices(product)] }
    return try arithmetic(node, .multiply) { a, b in a * b }
  }

  /// Quotients of integers are rounded toward zero.
  static let divide = Lowering("Div", since: 7) { (node) throws(LoweringError) in
    try arithmetic(node, .divide) { a, b in
      if let a = a.constant, let b = b.constant, b != 0 { return Dimension(a / b) }
      if let exact = a.dividedExactly(by: b) { return exact }
      guard let divisor = b.constant, divisor > 0, a.isKnownNonNegative else { return nil }
      return a.floorDivided(by: divisor)
    }
  }

  private static func arithmetic(
    _ node: NodeReader, _ function: Binary.Function, _ integers: (Dimension, Dimension) -> Dimension?
  ) throws(LoweringError) -> [Imported] {
    if let a = try node.integers(0), let b = try node.integers(1), a.element == .int64 || a.element == .int32 {
      return [.integers(try node.elementwise(a, b, "a quotient", integers))]
    }
    return [try node.apply(Binary(function), node.operand(0), node.operand(1))]
  }
}

extension NodeReader {
  /// A function of two integers, element by element with broadcasting; nil for a pair is undecided.
  func elementwise(
    _ a: IntegerTensor, _ b: IntegerTensor, _ question: String, as element: ElementType? = nil,
    _ function: (Dimension, Dimension) -> Dimension?
  ) throws(LoweringError) -> IntegerTensor {
    guard let extents = IntegerTensor.joint(a.extents, b.extents), let left = a.broadcast(to: extents),
      let right = b.broadcast(to: extents)
    else {
      throw .operand(reference, index: 1, expected: "a shape that fits \(a)", found: "\(b)")
    }
    var elements: [Dimension] = []
    for (x, y) in zip(left.elements, right.elements) {
      // The cost of a product is the product of the sizes.
      try importer.check([x, y], reference, mayBeNegative: true)
      guard let result = function(x, y) else { throw undecided("\(question) of \(x) and \(y)") }
      try importer.check(result, reference)
      elements.append(result)
    }
    return IntegerTensor(element ?? a.element, extents: extents, elements)
  }
}
