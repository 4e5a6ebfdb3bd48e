import Graph

// Activations, written as the sums and products that define them. https://onnx.ai/onnx/operators/onnx__Elu.html and
// the like.

extension Lowering {
  /// max(x, 0) + alpha · (exp(min(x, 0)) - 1)
  static let elu = Lowering("Elu", since: 6) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    return [try node.exponential(x, alpha: node.setting("alpha", 1))]
  }

  /// gamma · elu(x)
  static let selu = Lowering("Selu", since: 6) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let alpha = try node.setting("alpha", 1.67326319217681884765625)
    let gamma = try node.setting("gamma", 1.05070102214813232421875)
    return [try node.apply(Binary(.multiply), node.exponential(x, alpha: alpha), node.number(gamma, like: x))]
  }

  /// max(x, 0) + min(0, alpha · (exp(x / alpha) - 1))
  static let celu = Lowering("Celu", since: 12) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let alpha = node.number(try node.setting("alpha", 1), like: x)
    let scaled = try node.apply(Binary(.divide), node.bounded(x, .minimum, 0), alpha)
    let below = try node.apply(
      Binary(.multiply), node.apply(Binary(.subtract), node.apply(Unary(.exp), scaled), node.number(1, like: x)),
      alpha)
    return [try node.apply(Binary(.add), node.bounded(x, .maximum, 0), below)]
  }

  /// max(x, 0) + alpha · min(x, 0)
  static let leakyRelu = Lowering("LeakyRelu", since: 6) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    return [try node.leaky(x, node.number(node.setting("alpha", 0.01), like: x))]
  }

  /// The same with a slope that is an operand.
  static let pRelu = Lowering("PRelu", since: 7) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let result = try node.leaky(x, node.operand(1))
    guard node.type(result) == node.type(x) else {
      throw .operand(
        node.reference, index: 1, expected: "extents that \(node.type(x)) has",
        found: "\(node.type(try node.operand(1)))")
    }
    return [result]
  }

  /// max(0, min(1, alpha · x + beta))
  static let hardSigmoid = Lowering("HardSigmoid", since: 6) { (node) throws(LoweringError) in
    [try node.clamped(node.operand(0), node.setting("alpha", 0.2), node.setting("beta", 0.5))]
  }

  /// x · max(0, min(1, x / 6 + ½))
  static let hardSwish = Lowering("HardSwish", since: 14) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    return [try node.apply(Binary(.multiply), x, node.clamped(x, 1.0 / 6, 0.5))]
  }

  /// x · sigmoid(alpha · x)
  static let swish = Lowering("Swish", since: 24) { (node) throws(LoweringError) in [try node.swish()] }

  /// swish(a) · b
  static let swiGLU = Lowering("SwiGLU", since: 28) { (node) throws(LoweringError) in
    [try node.apply(Binary(.multiply), node.swish(), node.operand(1))]
  }

  /// x · tanh(softplus(x))
  static let mish = Lowering("Mish", since: 18) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    return [try node.apply(Binary(.multiply), x, node.apply(Unary(.tanh), node.softplus(x)))]
  }

  /// log(1 + exp(x))
  static let softplus = Lowering("Softplus", since: 1) { (node) throws(LoweringError) in
    [try node.softplus(node.operand(0))]
  }

  /// x / (1 + |x|)
  static let softsign = Lowering("Softsign", since: 1) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let divisor = try node.apply(Binary(.add), node.apply(Unary(.abs), x), node.number(1, like: x))
    return [try node.apply(Binary(.divide), x, divisor)]
  }

  /// x above alpha, 0 elsewhere.
  static let thresholdedRelu = Lowering("ThresholdedRelu", since: 10) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let isAbove = try node.apply(Binary(.less), node.number(node.setting("alpha", 1), like: x), x)
    return [try node.apply(Select(), isAbove, x, node.number(0, like: x))]
  }

  /// x + bias below -lambd, x - bias above lambd, 0 between.
  static let shrink = Lowering("Shrink", since: 9) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let bias = node.number(try node.setting("bias", 0), like: x)
    let limit = try node.setting("lambd", 0.5)
    let above = try node.apply(
      Select(), node.apply(Binary(.less), node.number(limit, like: x), x), node.apply(Binary(.subtract), x, bias),
      node.number(0, like: x))
    return [
      try node.apply(
        Select(), node.apply(Binary(.less), x, node.number(-limit, like: x)), node.apply(Binary(.add), x, bias), above)
    ]
  }

  /// Clip with its bounds as attributes.
  static let clipByAttributes = Lowering("Clip", since: 6, through: 10) { (node) throws(LoweringError) in
    var x = try node.operand(0)
    if let least = try node.float("min") { x = try node.bounded(x, .maximum, Double(least)) }
    if let most = try node.float("max") { x = try node.bounded(x, .minimum, Double(most)) }
    return [x]
  }

  /// Clip with its bounds as operands; the upper one wins. https://onnx.ai/onnx/operators/onnx__Clip.html
  static let clip = Lowering("Clip", since: 11) { (node) throws(LoweringError) in
    var x = try node.operand(0)
    let type = node.type(x)
    for (index, function) in [(1, Binary.Function.maximum), (2, .minimum)] {
      guard let bound = node.optional(index) else { continue }
      guard node.type(bound).elementCount == 1 else {
        throw .operand(node.reference, index: index, expected: "one number", found: "\(node.type(bound))")
      }
      x = try node.apply(Binary(function), x, node.reshape(bound, []))
    }
    return [try node.reshape(x, type.dimensions)]
  }
}

extension NodeReader {
  /// A number that an attribute states.
  func setting(_ name: String, _ value: Double) throws(LoweringError) -> Double {
    try float(name).map { Double(writtenAs: $0) } ?? value
  }

  func bounded(_ x: Imported, _ function: Binary.Function, _ bound: Double) throws(LoweringError) -> Imported {
    try apply(Binary(function), x, number(bound, like: x))
  }

  fileprivate func exponential(_ x: Imported, alpha: Double) throws(LoweringError) -> Imported {
    let below = try apply(Binary(.subtract), apply(Unary(.exp), bounded(x, .minimum, 0)), number(1, like: x))
    let scaled = alpha == 1 ? below : try apply(Binary(.multiply), below, number(alpha, like: x))
    return try apply(Binary(.add), bounded(x, .maximum, 0), scaled)
  }

  fileprivate func swish() throws(LoweringError) -> Imported {
    let x = try operand(0)
    let alpha = try setting("alpha", 1)
    let scaled = alpha == 1 ? x : try apply(Binary(.multiply), x, number(alpha, like: x))
    return try apply(Binary(.multiply), x, apply(Unary(.sigmoid), scaled))
  }

  fileprivate func leaky(_ x: Imported, _ slope: Imported) throws(LoweringError) -> Imported {
    let below = try apply(Binary(.multiply), bounded(x, .minimum, 0), slope)
    return try apply(Binary(.add), bounded(x, .maximum, 0), below)
  }

  fileprivate func clamped(_ x: Imported, _ alpha: Double, _ beta: Double) throws(LoweringError) -> Imported {
    let line = try apply(
      Binary(.add), apply(Binary(.multiply), x, number(alpha, like: x)), number(beta, like: x))
    return try bounded(bounded(line, .minimum, 1), .maximum, 0)
  }

  /// max(x, 0) + log(1 + exp(-|x|)), which does not overflow.
  fileprivate func softplus(_ x: Imported) throws(LoweringError) -> Imported {
    let small = try apply(Unary(.exp), apply(Unary(.negate), apply(Unary(.abs), x)))
    let logarithm = try apply(Unary(.log), apply(Binary(.add), small, number(1, like: x)))
    return try apply(Binary(.add), bounded(x, .maximum, 0), logarithm)
  }
}
