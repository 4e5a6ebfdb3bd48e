import Graph

extension Lowering {
  /// https://onnx.ai/onnx/operators/onnx__NegativeLogLikelihoodLoss.html
  static let negativeLogLikelihoodLoss = Lowering("NegativeLogLikelihoodLoss", since: 12) {
    (node) throws(LoweringError) in
    [try node.loss(of: node.operand(0))]
  }

  /// The loss, and the logarithms of the probabilities that it is taken of.
  /// https://onnx.ai/onnx/operators/onnx__SoftmaxCrossEntropyLoss.html
  static let softmaxCrossEntropyLoss = Lowering("SoftmaxCrossEntropyLoss", since: 12) {
    (node) throws(LoweringError) in
    let scores = try node.operand(0)
    let rank = node.type(scores).rank
    guard rank >= 2 else {
      throw .operand(node.reference, index: 0, expected: "[N, c, …]", found: "\(node.type(scores))")
    }
    let logarithms = try node.along(axis: 1, of: scores, LogSoftmax())
    return [try node.loss(of: logarithms), logarithms]
  }
}

extension NodeReader {
  fileprivate func loss(of logarithms: Imported) throws(LoweringError) -> Imported {
    let word = try string("reduction", default: "mean")
    guard let reduction = NegativeLogLikelihood.Reduction(rawValue: word) else {
      throw .attribute(reference, name: "reduction", expected: "none, sum or mean", found: word)
    }
    let loss = NegativeLogLikelihood(reduction, ignoring: try int("ignore_index"))
    let operands = [logarithms, try operand(1)] + (optional(2).map { [$0] } ?? [])
    return try apply(loss, to: operands)
  }

  /// An operator of the last axis, along another one.
  func along(axis: Int, of x: Imported, _ op: any Operator) throws(LoweringError) -> Imported {
    let rank = type(x).rank
    if axis == rank - 1 { return try apply(op, x) }
    var exchange = Array(0..<rank)
    exchange.swapAt(axis, rank - 1)
    return try apply(Transpose(exchange), apply(op, apply(Transpose(exchange), x)))
  }
}
