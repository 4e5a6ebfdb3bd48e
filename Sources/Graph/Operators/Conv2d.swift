public import Tensors

/// A two-dimensional convolution (cross-correlation) of a map with channels first.
///
/// Operands: x `[N, c, h, w]`, weight `[o, c, p, q]`, optionally bias `[o]`.
/// Result: `[N, o, (h + 2·padding - p)/stride + 1, …]`, quotients rounded down.
/// Source: torch.nn.Conv2d; ONNX Conv-11 with group = 1 and no dilation.
public struct Conv2d: Operator {
  public static let identifier = "conv2d"
  /// Vertical, horizontal.
  public let strides: [Int]
  public let padding: [Int]

  public init(strides: [Int], padding: [Int] = [0, 0]) {
    self.strides = strides
    self.padding = padding
  }
  public init(attributes: Attributes) throws(TypeError) {
    strides = try attributes.integers("strides", of: Conv2d.identifier)
    padding = try attributes.integers("padding", of: Conv2d.identifier)
  }
  public var attributes: Attributes { Attributes(["strides": .integers(strides), "padding": .integers(padding)]) }

  /// Paddings and strides above this are refused, so that positions cannot overflow.
  private static let limit = 1 << 20

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...3)
    let (x, weight) = (operands[0], operands[1])
    try requireFloat(x, "x")
    try requireRank(x, 4, "x")
    try requireRank(weight, 4, "weight")
    guard strides.count == 2, strides.allSatisfy({ (1...Conv2d.limit).contains($0) }) else {
      throw .attribute(op: identifier, name: "strides", expected: "two positive integers", found: "\(strides)")
    }
    guard padding.count == 2, padding.allSatisfy({ (0...Conv2d.limit).contains($0) }) else {
      throw .attribute(op: identifier, name: "padding", expected: "two integers of 0 or more", found: "\(padding)")
    }
    let w = weight.dimensions
    try requireType(weight, TensorType(x.element, [w[0], x.dimensions[1], w[2], w[3]]), "weight")
    if operands.count == 3 { try requireType(operands[2], TensorType(x.element, [w[0]]), "bias") }
    let map = (0..<2).map { i in
      (x.dimensions[2 + i] + Dimension(2 * padding[i]) - w[2 + i]).floorDivided(by: strides[i]) + 1
    }
    return [TensorType(x.element, [x.dimensions[0], w[0]] + map)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, weight) = (operands[0].numbers(), operands[1].numbers())
    let bias = operands.count == 3 ? operands[2].numbers() : nil
    let (c, h, w) = (operands[0].shape[1], operands[0].shape[2], operands[0].shape[3])
    let (o, p, q) = (operands[1].shape[0], operands[1].shape[2], operands[1].shape[3])
    let (rows, columns) = (results[0].shape[2], results[0].shape[3])
    for position in 0..<results[0].shape.elementCount {
      let (column, row) = (position % columns, position / columns % rows)
      let (channel, image) = (position / (columns * rows) % o, position / (columns * rows * o))
      var sum = bias?[channel] ?? 0
      for i in 0..<c {
        for dy in 0..<p {
          let y = row * strides[0] + dy - padding[0]
          guard (0..<h).contains(y) else { continue }
          for dx in 0..<q {
            let z = column * strides[1] + dx - padding[1]
            guard (0..<w).contains(z) else { continue }
            sum += x[((image * c + i) * h + y) * w + z] * weight[((channel * c + i) * p + dy) * q + dx]
          }
        }
      }
      results[0].store(sum, at: position)
    }
  }
}
