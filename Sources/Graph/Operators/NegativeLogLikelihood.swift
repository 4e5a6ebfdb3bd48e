public import Tensors

/// What logarithms of probabilities lose against the classes that are true.
///
/// Operands: x `[N, c, …]`, target `[N, …]`, class numbers, optionally a weight `[c]`. Result: `[N, …]` where nothing
/// is reduced, otherwise a scalar. Each loss is -weight[t] · x[t], 0 where t is `ignored`, NaN where t is no class;
/// the mean divides by the sum of the weights. Source: ONNX NegativeLogLikelihoodLoss-22; torch.nn.NLLLoss.
public struct NegativeLogLikelihood: Operator {
  public static let identifier = "negativeLogLikelihood"
  public enum Reduction: String, CaseIterable, Sendable { case none, sum, mean }
  public let reduction: Reduction
  public let ignored: Int?

  public init(_ reduction: Reduction, ignoring ignored: Int?) {
    self.reduction = reduction
    self.ignored = ignored
  }
  public init(attributes: Attributes) throws(TypeError) {
    reduction = try attributes.choice("reduction", of: NegativeLogLikelihood.identifier)
    ignored = try attributes.integers("ignored", of: NegativeLogLikelihood.identifier).first
  }
  public var attributes: Attributes {
    Attributes(["reduction": .text(reduction.rawValue), "ignored": .integers(ignored.map { [$0] } ?? [])])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...3)
    let (x, target) = (operands[0], operands[1])
    try requireFloat(x, "x")
    guard x.rank >= 2 else { throw .rank(op: identifier, operand: "x", expected: "2 or more", found: x) }
    guard target.element == .int64 || target.element == .int32 else {
      throw .elementType(op: identifier, operand: "target", expected: "integers", found: target)
    }
    let positions = [x.dimensions[0]] + x.dimensions.dropFirst(2)
    try requireType(target, TensorType(target.element, positions), "target")
    if operands.count == 3 { try requireType(operands[2], TensorType(x.element, [x.dimensions[1]]), "weight") }
    return [TensorType(x.element, reduction == .none ? positions : [])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, target) = (operands[0], operands[1])
    let weight = operands.count == 3 ? operands[2].numbers() : nil
    let (c, inner) = (x.shape[1], x.shape.count(2..<x.shape.rank))
    var (sum, weights) = (0.0, 0.0)
    for position in 0..<target.shape.elementCount {
      let label = target.integer(at: position)
      var (loss, own) = (0.0, 0.0)
      if label != ignored {
        let isClass = (0..<c).contains(label)
        own = isClass ? weight?[label] ?? 1 : .nan
        let place = (position / inner * c + (isClass ? label : 0)) * inner + position % inner
        loss = -own * x.number(at: place)
      }
      if reduction == .none { results[0].store(loss, at: position) }
      sum += loss
      weights += own
    }
    switch reduction {
    case .none: break
    case .sum: results[0].store(sum, at: 0)
    case .mean: results[0].store(sum / weights, at: 0)
    }
  }
}
