import Graph

// Functions of one element. https://onnx.ai/onnx/operators/onnx__Erf.html and the like.

extension Lowering {
  static let absolute = elementwise("Abs", since: 6, .abs)
  static let acos = elementwise("Acos", since: 7, .acos)
  static let acosh = elementwise("Acosh", since: 9, .acosh)
  static let asin = elementwise("Asin", since: 7, .asin)
  static let asinh = elementwise("Asinh", since: 9, .asinh)
  static let atan = elementwise("Atan", since: 7, .atan)
  static let atanh = elementwise("Atanh", since: 9, .atanh)
  static let bitwiseNot = elementwise("BitwiseNot", since: 18, .not)
  static let ceil = elementwise("Ceil", since: 6, .ceil)
  static let cos = elementwise("Cos", since: 7, .cos)
  static let cosh = elementwise("Cosh", since: 9, .cosh)
  static let erf = elementwise("Erf", since: 9, .erf)
  static let exp = elementwise("Exp", since: 6, .exp)
  static let floor = elementwise("Floor", since: 6, .floor)
  static let log = elementwise("Log", since: 6, .log)
  static let negate = elementwise("Neg", since: 6, .negate)
  static let not = elementwise("Not", since: 1, .not)
  static let reciprocal = elementwise("Reciprocal", since: 6, .reciprocal)
  static let relu = elementwise("Relu", since: 6, .relu)
  static let round = elementwise("Round", since: 11, .round)
  static let sigmoid = elementwise("Sigmoid", since: 6, .sigmoid)
  static let sign = elementwise("Sign", since: 9, .sign)
  static let sin = elementwise("Sin", since: 7, .sin)
  static let sinh = elementwise("Sinh", since: 9, .sinh)
  static let sqrt = elementwise("Sqrt", since: 6, .sqrt)
  static let tan = elementwise("Tan", since: 7, .tan)
  static let tanh = elementwise("Tanh", since: 6, .tanh)

  private static func elementwise(_ op: String, since: Int, _ function: Unary.Function) -> Lowering {
    Lowering(op, since: since) { (node) throws(LoweringError) in
      [try node.apply(Unary(function), node.operand(0))]
    }
  }

  // MARK: Of two elements

  static let and = elementwise("And", since: 7, .and)
  static let bitwiseAnd = elementwise("BitwiseAnd", since: 18, .and)
  static let bitwiseOr = elementwise("BitwiseOr", since: 18, .or)
  static let bitwiseXor = elementwise("BitwiseXor", since: 18, .xor)
  static let greater = elementwise("Greater", since: 7, .less, isSwapped: true)
  static let greaterOrEqual = elementwise("GreaterOrEqual", since: 12, .lessOrEqual, isSwapped: true)
  static let less = elementwise("Less", since: 7, .less)
  static let lessOrEqual = elementwise("LessOrEqual", since: 12, .lessOrEqual)
  static let or = elementwise("Or", since: 7, .or)
  static let xor = elementwise("Xor", since: 7, .xor)

  private static func elementwise(
    _ op: String, since: Int, _ function: Binary.Function, isSwapped: Bool = false
  ) -> Lowering {
    Lowering(op, since: since) { (node) throws(LoweringError) in
      let (a, b) = (try node.operand(0), try node.operand(1))
      return [isSwapped ? try node.apply(Binary(function), b, a) : try node.apply(Binary(function), a, b)]
    }
  }

  /// https://onnx.ai/onnx/operators/onnx__BitShift.html
  static let bitShift = Lowering("BitShift", since: 11) { (node) throws(LoweringError) in
    let direction = try node.string("direction", default: "")
    guard direction == "LEFT" || direction == "RIGHT" else {
      throw .attribute(node.reference, name: "direction", expected: "LEFT or RIGHT", found: direction)
    }
    let function: Binary.Function = direction == "LEFT" ? .shiftLeft : .shiftRight
    return [try node.apply(Binary(function), node.operand(0), node.operand(1))]
  }

  /// The remainder of the divisor's sign, or with `fmod` of the dividend's.
  /// https://onnx.ai/onnx/operators/onnx__Mod.html
  static let modulo = Lowering("Mod", since: 10) { (node) throws(LoweringError) in
    let function: Binary.Function = try node.int("fmod", default: 0) != 0 ? .remainder : .modulo
    return [try node.apply(Binary(function), node.operand(0), node.operand(1))]
  }

  // MARK: Of any number of elements

  /// https://onnx.ai/onnx/operators/onnx__Sum.html
  static let sum = Lowering("Sum", since: 6) { (node) throws(LoweringError) in
    [try node.combined(.add)]
  }

  /// https://onnx.ai/onnx/operators/onnx__Mean.html
  static let meanOfOperands = Lowering("Mean", since: 6) { (node) throws(LoweringError) in
    let sum = try node.combined(.add)
    let count = node.constant(Double(node.operandCount), node.type(sum).element, "count")
    return [try node.apply(Binary(.divide), sum, count)]
  }

  // MARK: Tests

  /// https://onnx.ai/onnx/operators/onnx__IsNaN.html
  static let isNaN = Lowering("IsNaN", since: 9) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    return [try node.apply(Unary(.not), node.apply(Binary(.equal), x, x))]
  }

  /// https://onnx.ai/onnx/operators/onnx__IsInf.html
  static let isInfinite = Lowering("IsInf", since: 10) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let positive = try node.int("detect_positive", default: 1) != 0
    let negative = try node.int("detect_negative", default: 1) != 0
    let side = !positive && negative ? -Double.infinity : .infinity
    let found = try node.apply(
      Binary(.equal), positive && negative ? node.apply(Unary(.abs), x) : x, node.number(side, like: x))
    return [positive || negative ? found : try node.apply(Binary(.xor), found, found)]
  }
}

extension NodeReader {
  /// A number in a value's element type.
  func number(_ number: Double, like x: Imported) -> Imported { constant(number, type(x).element) }

  /// All operands combined, one after the other.
  func combined(_ function: Binary.Function) throws(LoweringError) -> Imported {
    var result = try operand(0)
    for index in 1..<max(operandCount, 1) { result = try apply(Binary(function), result, operand(index)) }
    return result
  }
}
