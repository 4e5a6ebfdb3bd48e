import Graph

extension Lowering {
  /// Pow with a constant exponent of ½, 1, 2 or 3. https://onnx.ai/onnx/operators/onnx__Pow.html
  static let power = Lowering("Pow", since: 7) { (node) throws(LoweringError) in
    let base = try node.operand(0)
    var exponent = try node.number(1)
    if exponent == nil, let list = try node.integers(1)?.constants, list.count == 1 {
      exponent = Double(list[0])
    }
    let type = node.type(try node.operand(1))
    switch exponent {
    case 0.5: return [try node.apply(Unary(.sqrt), base)]
    case 1: return [base]
    case 2: return [try node.apply(Binary(.multiply), base, base)]
    case 3: return [try node.apply(Binary(.multiply), node.apply(Binary(.multiply), base, base), base)]
    default:
      throw .operand(
        node.reference, index: 1, expected: "a constant exponent of 0.5, 1, 2 or 3",
        found: exponent.map { "\($0)" } ?? "\(type)")
    }
  }
}
