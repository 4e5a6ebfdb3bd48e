public import Tensors

/// Widens axes at both ends with one number.
///
/// Operand: x. Result: x with `before[i]` and `after[i]` further positions on axis i, which hold `value`.
/// Source: ONNX Pad-21, mode constant, pads that are not negative.
public struct Pad: Operator {
  public static let identifier = "pad"
  public let before: [Int]
  public let after: [Dimension]
  public let value: Double

  public init(before: [Int], after: [Dimension], value: Double = 0) {
    self.before = before
    self.after = after
    self.value = value
  }
  public init(attributes: Attributes) throws(TypeError) {
    before = try attributes.integers("before", of: Pad.identifier)
    after = try attributes.dimensions("after", of: Pad.identifier)
    value = try attributes.number("value", of: Pad.identifier)
  }
  public var attributes: Attributes {
    Attributes(["before": .integers(before), "after": .dimensions(after), "value": .number(value)])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try require(before.map { Dimension($0) }, "before", operands[0])
    try require(after, "after", operands[0])
    var result = operands[0]
    for axis in before.indices {
      result.dimensions[axis] = Dimension(before[axis]) + result.dimensions[axis] + after[axis]
    }
    return [result]
  }

  private func require(_ pads: [Dimension], _ name: String, _ type: TensorType) throws(TypeError) {
    // A symbolic pad cannot be judged here; the specialised shape is checked before anything runs.
    let fit = pads.allSatisfy { pad in pad.constant.map { $0 >= 0 } ?? !pad.symbols.isEmpty }
    guard pads.count == type.rank, fit else {
      throw .attribute(
        op: identifier, name: name, expected: "\(type.rank) extents that are not negative",
        found: "\(Attributes.Value.dimensions(pads))")
    }
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (from, to) = (operands[0].shape, results[0].shape)
    for position in 0..<to.elementCount { results[0].store(value, at: position) }
    guard let width = from.extents.last, width > 0 else {
      if from.rank == 0 { results[0].store(operands[0].number(at: 0), at: 0) }
      return
    }
    let (size, strides) = (operands[0].type.size, to.strides)
    for row in 0..<from.elementCount / width {
      var (rest, target) = (row, before[from.rank - 1])
      for axis in (0..<from.rank - 1).reversed() {
        target += (rest % from[axis] + before[axis]) * strides[axis]
        rest /= from[axis]
      }
      let source = UnsafeRawBufferPointer(
        rebasing: operands[0].bytes[row * width * size..<(row + 1) * width * size])
      UnsafeMutableRawBufferPointer(
        rebasing: results[0].bytes[target * size..<(target + width) * size]
      ).copyMemory(from: source)
    }
  }
}
