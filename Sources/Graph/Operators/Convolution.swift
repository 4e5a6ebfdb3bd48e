public import Tensors

/// A convolution (cross-correlation) over one to three spatial axes of a map with channels first, in groups.
///
/// Operands: x `[N, c, …]`, weight `[o, c/groups, …]` with a known kernel, optionally bias `[o]`. Result:
/// `[N, o, …]`. Output channel j reads the input channels of group ⌊j · groups / o⌋. Padding counts as zero.
/// Source: torch.nn.Conv1d to Conv3d; ONNX Conv-11.
public struct Convolution: Operator {
  public static let identifier = "convolution"
  public let windows: Windows
  public let groups: Int

  public init(_ windows: Windows, groups: Int = 1) {
    self.windows = windows
    self.groups = groups
  }
  public init(attributes: Attributes) throws(TypeError) {
    windows = try Windows(attributes: attributes, of: Convolution.identifier)
    groups = try attributes.integer("groups", of: Convolution.identifier)
  }
  public var attributes: Attributes {
    Attributes(windows.attributes.merging(["groups": .integer(groups)]) { own, _ in own })
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...3)
    let (x, weight) = (operands[0], operands[1])
    try requireFloat(x, "x")
    try requireRank(x, windows.strides.count + 2, "x")
    try requireRank(weight, x.rank, "weight")
    let kernel = try requireKernel(weight)
    try windows.check(kernel, of: identifier)
    let (o, c) = (weight.dimensions[0], x.dimensions[1])
    guard groups > 0, let each = c.dividedExactly(by: Dimension(groups)),
      o.dividedExactly(by: Dimension(groups)) != nil
    else {
      throw .attribute(
        op: identifier, name: "groups", expected: "a divisor of \(c) and \(o) channels", found: "\(groups)")
    }
    try requireType(weight, TensorType(x.element, [o, each] + kernel.map { Dimension($0) }), "weight")
    if operands.count == 3 { try requireType(operands[2], TensorType(x.element, [o]), "bias") }
    return [TensorType(x.element, [x.dimensions[0], o] + windows.counts(Array(x.dimensions[2...]), kernel))]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, weight) = (operands[0].numbers(), operands[1].numbers())
    let bias = operands.count == 3 ? operands[2].numbers() : nil
    let (c, o, each) = (operands[0].shape[1], operands[1].shape[0], operands[1].shape[1])
    let walk = WindowWalk(
      windows, input: Array(operands[0].shape.extents[2...]), kernel: Array(operands[1].shape.extents[2...]),
      output: Array(results[0].shape.extents[2...]))
    let (plane, taps) = (walk.inputCount, walk.kernelCount)
    for window in 0..<walk.outputCount {
      let elements = walk.elements(of: window)
      for image in 0..<results[0].shape[0] {
        for channel in 0..<o {
          let first = image * c + channel / (o / groups) * each
          var sum = bias?[channel] ?? 0
          for i in 0..<each {
            for (tap, element) in elements.enumerated() where element >= 0 {
              sum += x[(first + i) * plane + element] * weight[(channel * each + i) * taps + tap]
            }
          }
          results[0].store(sum, at: (image * o + channel) * walk.outputCount + window)
        }
      }
    }
  }
}

extension Operator {
  /// The extents of a weight's kernel, which must be known.
  func requireKernel(_ weight: TensorType) throws(TypeError) -> [Int] {
    let kernel = weight.dimensions.dropFirst(2).compactMap(\.constant)
    guard kernel.count == weight.rank - 2 else {
      throw .extent(op: identifier, operand: "weight", axis: 2, expected: "a known kernel", found: weight)
    }
    return kernel
  }
}
