public import Tensors

/// The sum of stacked parameters, weighted per image by one group of a router's coefficients.
///
/// Operands: coefficients `[N, g, e]`, stack `[e, …]`. Result: `[N, …]`. y[b] = Σ_i coefficients[b, group, i] · stack[i].
/// Source: AdaRoute, arXiv:2602.06862: aggregation of the experts.
public struct Mixture: Operator {
  public static let identifier = "mixture"
  public let group: Int

  public init(group: Int) { self.group = group }
  public init(attributes: Attributes) throws(TypeError) {
    group = try attributes.integer("group", of: Mixture.identifier)
  }
  public var attributes: Attributes { Attributes(["group": .integer(group)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    let (coefficients, stack) = (operands[0], operands[1])
    try requireFloat(coefficients, "coefficients")
    try requireRank(coefficients, 3, "coefficients")
    guard let groups = coefficients.dimensions[1].constant, (0..<groups).contains(group) else {
      throw .attribute(op: identifier, name: "group", expected: "a group of \(coefficients)", found: "\(group)")
    }
    guard stack.rank > 0 else {
      throw .rank(op: identifier, operand: "stack", expected: "1 or more", found: stack)
    }
    let expected = TensorType(coefficients.element, [coefficients.dimensions[2]] + stack.dimensions.dropFirst())
    try requireType(stack, expected, "stack")
    return [TensorType(stack.element, [coefficients.dimensions[0]] + stack.dimensions.dropFirst())]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (coefficients, stack) = (operands[0].numbers(), operands[1].numbers())
    let (groups, experts) = (operands[0].shape[1], operands[0].shape[2])
    let size = experts == 0 ? 0 : stack.count / experts
    for image in 0..<operands[0].shape[0] {
      let row = (image * groups + group) * experts
      for i in 0..<size {
        let sum = (0..<experts).reduce(0) { $0 + coefficients[row + $1] * stack[$1 * size + i] }
        results[0].store(sum, at: image * size + i)
      }
    }
  }
}
