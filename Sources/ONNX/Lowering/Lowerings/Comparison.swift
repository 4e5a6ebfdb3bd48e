import Graph
import Tensors

// Comparisons and choices, in shape computations and of values of the network.

extension Lowering {
  /// https://onnx.ai/onnx/operators/onnx__Equal.html
  static let equal = Lowering("Equal", since: 7) { (node) throws(LoweringError) in
    guard let a = try node.integers(0), let b = try node.integers(1) else {
      return [try node.apply(Binary(.equal), node.operand(0), node.operand(1))]
    }
    return [
      .integers(
        try node.elementwise(a, b, "the equality", as: .bool) { (a: Dimension, b: Dimension) -> Dimension? in
          if a == b { return 1 }
          return (a - b).isKnownPositive || (b - a).isKnownPositive ? 0 : nil
        })
    ]
  }

  /// https://onnx.ai/onnx/operators/onnx__Where.html
  static let `where` = Lowering("Where", since: 9) { (node) throws(LoweringError) in
    guard let condition = try node.integers(0), let a = try node.integers(1), let b = try node.integers(2) else {
      return [try node.apply(Select(), node.operand(0), node.operand(1), node.operand(2))]
    }
    guard let inner = IntegerTensor.joint(a.extents, b.extents),
      let extents = IntegerTensor.joint(condition.extents, inner),
      let choices = condition.broadcast(to: extents),
      let left = a.broadcast(to: extents), let right = b.broadcast(to: extents)
    else {
      throw .operand(
        node.reference, index: 1, expected: "a shape that fits \(condition) and \(b)", found: "\(a)")
    }
    guard let decided = choices.constants else { throw node.undecided("the condition \(condition)") }
    let elements = decided.indices.map { decided[$0] != 0 ? left.elements[$0] : right.elements[$0] }
    return [.integers(IntegerTensor(a.element, extents: extents, elements))]
  }

  /// https://onnx.ai/onnx/operators/onnx__Max.html
  static let maximum = Lowering("Max", since: 6) { (node) throws(LoweringError) in
    try extreme(node, .maximum) { a, b in (a - b).isKnownNonNegative ? a : (b - a).isKnownNonNegative ? b : nil }
  }

  /// https://onnx.ai/onnx/operators/onnx__Min.html
  static let minimum = Lowering("Min", since: 6) { (node) throws(LoweringError) in
    try extreme(node, .minimum) { a, b in (a - b).isKnownNonNegative ? b : (b - a).isKnownNonNegative ? a : nil }
  }

  private static func extreme(
    _ node: NodeReader, _ function: Binary.Function, _ choice: (Dimension, Dimension) -> Dimension?
  ) throws(LoweringError) -> [Imported] {
    var known: [IntegerTensor] = []
    for index in 0..<node.operandCount { if let integers = try node.integers(index) { known.append(integers) } }
    guard known.count == node.operandCount, var result = known.first else { return [try node.combined(function)] }
    for other in known.dropFirst() { result = try node.elementwise(result, other, "the order", choice) }
    return [.integers(result)]
  }
}
