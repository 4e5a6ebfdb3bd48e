public import Tensors

/// A range of one axis.
///
/// Operand: x. Result: x with `axis` cut to `start ..< start + count`. Source: ONNX Slice-13 with step 1.
public struct Slice: Operator {
  public static let identifier = "slice"
  public let axis: Int
  public let start: Int
  public let count: Dimension

  public init(axis: Int, start: Int, count: Dimension) {
    self.axis = axis
    self.start = start
    self.count = count
  }
  public init(attributes: Attributes) throws(TypeError) {
    axis = try attributes.integer("axis", of: Slice.identifier)
    start = try attributes.integer("start", of: Slice.identifier)
    let counts = try attributes.dimensions("count", of: Slice.identifier)
    guard counts.count == 1 else {
      throw .attribute(op: Slice.identifier, name: "count", expected: "one dimension", found: "\(counts)")
    }
    count = counts[0]
  }
  public var attributes: Attributes {
    Attributes(["axis": .integer(axis), "start": .integer(start), "count": .dimensions([count])])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireAxis(axis, of: operands[0])
    let rest = operands[0].dimensions[axis] - Dimension(start) - count
    // A symbolic remainder cannot be judged here; the specialised shape is checked before anything runs.
    guard start >= 0, (count.constant ?? 0) >= 0, (rest.constant ?? 0) >= 0 else {
      throw .attribute(
        op: identifier, name: "start, count", expected: "a range within axis \(axis) of \(operands[0])",
        found: "\(start), \(count)")
    }
    var result = operands[0]
    result.dimensions[axis] = count
    return [result]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (shape, size) = (operands[0].shape, operands[0].type.size)
    let inner = shape.count(axis + 1..<shape.rank) * size
    let count = results[0].shape[axis] * inner
    for block in 0..<shape.count(0..<axis) {
      let from = (block * shape[axis] + start) * inner
      let source = UnsafeRawBufferPointer(rebasing: operands[0].bytes[from..<from + count])
      UnsafeMutableRawBufferPointer(rebasing: results[0].bytes[block * count..<(block + 1) * count])
        .copyMemory(from: source)
    }
  }
}
