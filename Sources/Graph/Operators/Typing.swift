import Tensors

// The checks that operators' typing rules share.

extension Operator {
  func requireCount(_ operands: [TensorType], _ range: ClosedRange<Int>) throws(TypeError) {
    guard range.contains(operands.count) else {
      let expected = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw .operandCount(op: identifier, expected: expected, found: operands.count)
    }
  }

  func requireRank(_ type: TensorType, _ rank: Int, _ operand: String) throws(TypeError) {
    guard type.rank == rank else {
      throw .rank(op: identifier, operand: operand, expected: "\(rank)", found: type)
    }
  }

  func requireFloat(_ type: TensorType, _ operand: String) throws(TypeError) {
    guard type.element.isFloatingPoint else {
      throw .elementType(op: identifier, operand: operand, expected: "floating-point numbers", found: type)
    }
  }

  func requireSame(_ type: TensorType, _ element: ElementType, _ operand: String) throws(TypeError) {
    guard type.element == element else {
      throw .elementType(op: identifier, operand: operand, expected: "\(element)", found: type)
    }
  }

  func requireExtent(_ type: TensorType, _ axis: Int, _ extent: Dimension, _ operand: String) throws(TypeError) {
    guard type.dimensions[axis] == extent else {
      throw .extent(op: identifier, operand: operand, axis: axis, expected: "\(extent)", found: type)
    }
  }

  func requireType(_ type: TensorType, _ expected: TensorType, _ operand: String) throws(TypeError) {
    try requireSame(type, expected.element, operand)
    try requireRank(type, expected.rank, operand)
    for axis in 0..<expected.rank { try requireExtent(type, axis, expected.dimensions[axis], operand) }
  }

  func requireAxis(_ axis: Int, of type: TensorType, _ name: String = "axis") throws(TypeError) {
    guard (0..<type.rank).contains(axis) else {
      throw .attribute(op: identifier, name: name, expected: "an axis of \(type)", found: "\(axis)")
    }
  }
}

extension Operator {
  /// The shape that operands are broadcast to together: axes align from the last, and an extent of 1 is repeated.
  func requireJoint(_ operands: [TensorType], _ names: [String]) throws(TypeError) -> [Dimension] {
    var joint = operands[0].dimensions
    for (operand, name) in zip(operands, names).dropFirst() {
      let own = operand.dimensions
      let rank = max(joint.count, own.count)
      var dimensions: [Dimension] = []
      for axis in 0..<rank {
        let left = axis < rank - joint.count ? 1 : joint[axis - (rank - joint.count)]
        let right = axis < rank - own.count ? 1 : own[axis - (rank - own.count)]
        guard left == right || left == 1 || right == 1 else {
          throw .extent(
            op: identifier, operand: name, axis: axis - (rank - own.count), expected: "\(left) or 1", found: operand)
        }
        dimensions.append(left == 1 ? right : left)
      }
      joint = dimensions
    }
    return joint
  }
}

extension MutableTensorView {
  /// Zeros everywhere.
  func clear() { _ = bytes.initializeMemory(as: UInt8.self, repeating: 0) }

  /// Copies one element of a tensor of the same type.
  func copy(_ source: TensorView, from: Int, to position: Int) {
    let size = type.size
    UnsafeMutableRawBufferPointer(rebasing: bytes[position * size..<(position + 1) * size])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: source.bytes[from * size..<(from + 1) * size]))
  }
}

extension TensorView {
  /// All elements as numbers.
  package func numbers() -> [Double] { (0..<shape.elementCount).map { number(at: $0) } }
}

/// Row-major position of a broadcast operand for each row-major position of the result.
struct BroadcastIndex {
  private let result: [Int]
  private let strides: [Int]

  /// `source`'s axes align with the last axes of `result`; an extent of 1 is repeated.
  init(_ source: Shape, in result: Shape) {
    self.result = result.strides
    let missing = result.rank - source.rank
    let own = source.strides
    strides = (0..<result.rank).map { axis in
      axis < missing || source[axis - missing] == 1 ? 0 : own[axis - missing]
    }
  }

  func position(_ position: Int) -> Int {
    var rest = position
    var source = 0
    for axis in result.indices {
      source += rest / result[axis] * strides[axis]
      rest %= result[axis]
    }
    return source
  }
}
