public import Tensors

/// Joins tensors along one axis.
///
/// Operands: one or more tensors that agree but for `axis`. Result: their joint shape. Source: ONNX Concat-13.
public struct Concat: Operator {
  public static let identifier = "concat"
  public let axis: Int

  public init(axis: Int) { self.axis = axis }
  public init(attributes: Attributes) throws(TypeError) {
    axis = try attributes.integer("axis", of: Concat.identifier)
  }
  public var attributes: Attributes { Attributes(["axis": .integer(axis)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    guard var result = operands.first else { throw .operandCount(op: identifier, expected: "1 or more", found: 0) }
    try requireAxis(axis, of: result)
    for (index, operand) in operands.enumerated().dropFirst() {
      try requireRank(operand, result.rank, "operand \(index)")
      var expected = result
      expected.dimensions[axis] = operand.dimensions[axis]
      try requireType(operand, expected, "operand \(index)")
      result.dimensions[axis] = result.dimensions[axis] + operand.dimensions[axis]
    }
    return [result]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let outer = results[0].shape.count(0..<axis)
    var target = 0
    for block in 0..<outer {
      for operand in operands {
        let count = operand.bytes.count / outer
        let source = UnsafeRawBufferPointer(rebasing: operand.bytes[block * count..<(block + 1) * count])
        UnsafeMutableRawBufferPointer(rebasing: results[0].bytes[target..<target + count]).copyMemory(from: source)
        target += count
      }
    }
  }
}
