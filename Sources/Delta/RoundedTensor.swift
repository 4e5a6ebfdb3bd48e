public import Tensors

/// A tensor in the form in which a delta holds it, which may have fewer digits.
public struct RoundedTensor: Sendable {
  /// The elements as stored: the tensor's own, rounded ones, or integers.
  public let stored: Tensor
  /// Of equal runs of the elements; empty where those are no scaled integers.
  public let scales: [Float]
  public let originalType: ElementType
  /// The largest absolute difference to the tensor; nil where its type was kept.
  public let largestError: Double?

  /// The fewest elements that share a scale: fewer would save little of a row's bytes.
  static let shortestRun = 32

  /// Rounds a floating-point tensor to `type`; others, and all where `type` is nil, are kept.
  ///
  /// As int8 each row (the elements that share all but their last indices) is scaled so that its largest magnitude is
  /// 127. Vectors are kept, for they take little room, and so is what is not finite.
  public init(_ tensor: Tensor, as type: ElementType?) {
    guard let type, type != tensor.type, tensor.type.isFloatingPoint else {
      self.init(keeping: tensor)
      return
    }
    if type.isFloatingPoint {
      let stored = tensor.converted(to: type)
      self.init(stored: stored, scales: [], of: tensor)
    } else if type == .int8, tensor.shape.rank > 1, let (integers, scales) = RoundedTensor.integers(of: tensor) {
      self.init(stored: integers, scales: scales, of: tensor)
    } else {
      self.init(keeping: tensor)
    }
  }

  private init(keeping tensor: Tensor) {
    (stored, scales, originalType, largestError) = (tensor, [], tensor.type, nil)
  }

  private init(stored: Tensor, scales: [Float], of tensor: Tensor) {
    self.stored = stored
    self.scales = scales
    originalType = tensor.type
    let restored = RoundedTensor.restored(stored, scales: scales, type: tensor.type)
    largestError = RoundedTensor.distance(tensor, restored)
  }

  /// The tensor as it is read back.
  public var restored: Tensor { RoundedTensor.restored(stored, scales: scales, type: originalType) }

  /// The tensor of `type` that a file's elements and scales stand for; the scales' number divides the elements'.
  static func restored(_ stored: Tensor, scales: [Float], type: ElementType) -> Tensor {
    guard !scales.isEmpty, let integers: [Int8] = stored.scalars() else { return stored.converted(to: type) }
    let run = max(1, integers.count / scales.count)
    let numbers = integers.indices.map { Float(integers[$0]) * scales[$0 / run] }
    return Tensor(numbers, shape: stored.shape).converted(to: type)
  }

  /// Nil where a number is not finite, or too small for its scale to be a number.
  private static func integers(of tensor: Tensor) -> (Tensor, [Float])? {
    guard let numbers: [Float] = tensor.converted(to: .float32).scalars(), !numbers.isEmpty else { return nil }
    let run = runLength(tensor.shape)
    var integers = [Int8](repeating: 0, count: numbers.count)
    var scales: [Float] = []
    for start in stride(from: 0, to: numbers.count, by: run) {
      let row = numbers[start..<start + run]
      guard row.allSatisfy(\.isFinite) else { return nil }
      let largest = row.reduce(0) { max($0, abs($1)) }
      let scale = largest / 127
      guard largest == 0 || scale.isNormal else { return nil }
      scales.append(scale)
      for index in row.indices where scale > 0 {
        integers[index] = Int8((numbers[index] / scale).rounded(.toNearestOrEven).clamped(to: 127))
      }
    }
    return (Tensor(integers, shape: tensor.shape), scales)
  }

  /// The product of the last extents, of as few as reach `shortestRun` elements.
  private static func runLength(_ shape: Shape) -> Int {
    var length = 1
    for extent in shape.extents.reversed() {
      if length >= shortestRun { break }
      length *= extent
    }
    return length
  }

  private static func distance(_ a: Tensor, _ b: Tensor) -> Double {
    a.withView { a in
      b.withView { b in
        (0..<a.shape.elementCount).reduce(0) { largest, position in
          let (x, y) = (a.number(at: position), b.number(at: position))
          let difference = abs(x - y)
          return x == y || difference.isNaN ? largest : max(largest, difference)
        }
      }
    }
  }
}

extension Float {
  fileprivate func clamped(to limit: Float) -> Float { Swift.min(Swift.max(self, -limit), limit) }
}
