import Graph
import Tensors

extension Lowering {
  /// Pow; constant exponents of ½, 1, 2 and 3 become products. The result has the base's type.
  /// https://onnx.ai/onnx/operators/onnx__Pow.html
  static let power = Lowering("Pow", since: 7) { (node) throws(LoweringError) in
    let base = try node.operand(0)
    var exponent = try node.number(1)
    if exponent == nil, let list = try node.integers(1)?.constants, list.count == 1 {
      exponent = Double(list[0])
    }
    let type = node.type(try node.operand(1))
    let own = node.type(base)
    switch type.rank <= own.rank && own.element.isFloatingPoint ? exponent : nil {
    case 0.5: return [try node.apply(Unary(.sqrt), base)]
    case 1: return [base]
    case 2: return [try node.apply(Binary(.multiply), base, base)]
    case 3: return [try node.apply(Binary(.multiply), node.apply(Binary(.multiply), base, base), base)]
    default:
      guard !own.element.isFloatingPoint, type.element.isFloatingPoint else {
        return [try node.apply(Binary(.power), base, node.converted(node.operand(1), own.element))]
      }
      let result = try node.apply(
        Binary(.power), node.converted(base, .float64), node.converted(node.operand(1), .float64))
      return [try node.converted(result, own.element)]
    }
  }
}
