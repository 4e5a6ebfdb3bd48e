public import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Divides each channel by a power of the squares of the channels around it.
///
/// Operand: x `[N, c, …]`. Result: of x's type. y = x / (bias + alpha / size · Σ x²)^beta, the sum over channels
/// j - ⌊(size - 1)/2⌋ ... j + ⌈(size - 1)/2⌉ as far as they exist.
/// Source: Krizhevsky et al. 2012, section 3.3; ONNX LRN-13.
public struct LocalResponseNorm: Operator {
  public static let identifier = "localResponseNorm"
  public let size: Int
  public let alpha: Double
  public let beta: Double
  public let bias: Double

  public init(size: Int, alpha: Double, beta: Double, bias: Double) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }
  public init(attributes: Attributes) throws(TypeError) {
    size = try attributes.integer("size", of: LocalResponseNorm.identifier)
    alpha = try attributes.number("alpha", of: LocalResponseNorm.identifier)
    beta = try attributes.number("beta", of: LocalResponseNorm.identifier)
    bias = try attributes.number("bias", of: LocalResponseNorm.identifier)
  }
  public var attributes: Attributes {
    Attributes(["size": .integer(size), "alpha": .number(alpha), "beta": .number(beta), "bias": .number(bias)])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireFloat(operands[0], "x")
    guard operands[0].rank >= 2 else {
      throw .rank(op: identifier, operand: "x", expected: "2 or more", found: operands[0])
    }
    guard (1...1 << 20).contains(size) else {
      throw .attribute(op: identifier, name: "size", expected: "a positive number of channels", found: "\(size)")
    }
    return [operands[0]]
  }

  /// The channels of `count` that are summed for a channel.
  public func channels(around channel: Int, of count: Int) -> Range<Int> {
    max(0, channel - (size - 1) / 2)..<min(count, channel + size / 2 + 1)
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let x = operands[0].numbers()
    let shape = operands[0].shape
    let (c, plane) = (shape[1], shape.count(2..<shape.rank))
    for position in x.indices {
      let (channel, image) = (position / plane % c, position / (plane * c) * c)
      let sum = channels(around: channel, of: c).reduce(0) { sum, other in
        let value = x[(image + other) * plane + position % plane]
        return sum + value * value
      }
      results[0].store(x[position] / pow(bias + alpha / Double(size) * sum, beta), at: position)
    }
  }
}
