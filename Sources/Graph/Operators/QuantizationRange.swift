public import Tensors

/// The scale or the zero point with which unsigned eight-bit integers cover a tensor's numbers and zero.
///
/// Operand: x, float32. Result: a scalar, float32 or uint8. scale = (max(x, 0) - min(x, 0)) / 255;
/// zero point = round(-min(x, 0) / scale), 0 where the scale is. Source: ONNX DynamicQuantizeLinear-11.
public struct QuantizationRange: Operator {
  public static let identifier = "quantizationRange"
  public enum Part: String, CaseIterable, Sendable { case scale, zeroPoint }
  public let part: Part

  public init(_ part: Part) { self.part = part }
  public init(attributes: Attributes) throws(TypeError) {
    part = try attributes.choice("part", of: QuantizationRange.identifier)
  }
  public var attributes: Attributes { Attributes(["part": .text(part.rawValue)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireSame(operands[0], .float32, "x")
    return [TensorType(part == .scale ? .float32 : .uint8, [Dimension]())]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    var (least, largest) = (Float(0), Float(0))
    for position in 0..<operands[0].shape.elementCount {
      let number = Float(operands[0].number(at: position))
      least = min(least, number)
      largest = max(largest, number)
    }
    let scale = (largest - least) / 255
    let zero = scale == 0 ? 0 : (-least / scale).rounded(.toNearestOrEven)
    results[0].store(Double(part == .scale ? scale : zero), at: 0)
  }
}
