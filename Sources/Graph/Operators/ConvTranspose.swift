public import Tensors

/// The transpose of a convolution over one to three spatial axes of a map with channels first, in groups: every
/// element of x adds the kernel, times itself, to a window of the result.
///
/// Operands: x `[N, c, …]`, weight `[c, o/groups, …]` with a known kernel, optionally bias `[o]`. Result:
/// `[N, o, (extent - 1) · stride + (kernel - 1) · dilation + 1 + extra - before - after, …]`.
/// Source: torch.nn.ConvTranspose2d; ONNX ConvTranspose-11.
public struct ConvTranspose: Operator {
  public static let identifier = "convTranspose"
  /// `before` and `after` are cut off the result.
  public let windows: Windows
  /// Elements added behind each axis of the result.
  public let extra: [Int]
  public let groups: Int

  public init(_ windows: Windows, extra: [Int], groups: Int = 1) {
    self.windows = windows
    self.extra = extra
    self.groups = groups
  }
  public init(attributes: Attributes) throws(TypeError) {
    windows = try Windows(attributes: attributes, of: ConvTranspose.identifier)
    extra = try attributes.integers("extra", of: ConvTranspose.identifier)
    groups = try attributes.integer("groups", of: ConvTranspose.identifier)
  }
  public var attributes: Attributes {
    let own: [String: Attributes.Value] = ["groups": .integer(groups), "extra": .integers(extra)]
    return Attributes(windows.attributes.merging(own) { _, own in own })
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...3)
    let (x, weight) = (operands[0], operands[1])
    try requireFloat(x, "x")
    try requireRank(x, windows.strides.count + 2, "x")
    try requireRank(weight, x.rank, "weight")
    let kernel = try requireKernel(weight)
    try windows.check(kernel, of: identifier)
    guard extra.count == kernel.count, extra.allSatisfy({ (0...Windows.limit).contains($0) }) else {
      throw .attribute(
        op: identifier, name: "extra", expected: "\(kernel.count) integers of 0 or more", found: "\(extra)")
    }
    let (c, each) = (x.dimensions[1], weight.dimensions[1])
    guard (1...Windows.limit).contains(groups), c.dividedExactly(by: Dimension(groups)) != nil else {
      throw .attribute(
        op: identifier, name: "groups", expected: "a divisor of \(c) channels", found: "\(groups)")
    }
    try requireType(weight, TensorType(x.element, [c, each] + kernel.map { Dimension($0) }), "weight")
    let o = each * Dimension(groups)
    if operands.count == 3 { try requireType(operands[2], TensorType(x.element, [o]), "bias") }
    let map = kernel.indices.map { axis in
      (x.dimensions[2 + axis] - 1) * Dimension(windows.strides[axis])
        + Dimension(windows.reach(axis, kernel) + extra[axis] - windows.before[axis] - windows.after[axis])
    }
    for (axis, extent) in map.enumerated() {
      guard let known = extent.constant, known < 0 else { continue }
      throw .extent(
        op: identifier, operand: "x", axis: 2 + axis, expected: "large enough for its padding", found: x)
    }
    return [TensorType(x.element, [x.dimensions[0], o] + map)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, weight) = (operands[0].numbers(), operands[1].numbers())
    let bias = operands.count == 3 ? operands[2].numbers() : nil
    let (c, each) = (operands[1].shape[0], operands[1].shape[1])
    let o = each * groups
    // The windows of the convolution that this is the transpose of: they lie over the result.
    let walk = WindowWalk(
      windows, input: Array(results[0].shape.extents[2...]), kernel: Array(operands[1].shape.extents[2...]),
      output: Array(operands[0].shape.extents[2...]))
    let (plane, taps) = (walk.inputCount, walk.kernelCount)
    var sums = (0..<results[0].shape.elementCount).map { bias?[$0 / plane % o] ?? 0 }
    for window in 0..<walk.outputCount {
      let elements = walk.elements(of: window)
      for image in 0..<results[0].shape[0] {
        for channel in 0..<c {
          let value = x[(image * c + channel) * walk.outputCount + window]
          let first = image * o + channel / (c / groups) * each
          for j in 0..<each {
            for (tap, element) in elements.enumerated() where element >= 0 {
              sums[(first + j) * plane + element] += value * weight[(channel * each + j) * taps + tap]
            }
          }
        }
      }
    }
    for (position, sum) in sums.enumerated() { results[0].store(sum, at: position) }
  }
}
