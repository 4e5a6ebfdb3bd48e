public import Tensors

/// One element of all along some axes, which disappear.
///
/// Operand: x. Result: x's extents without `axes`, of x's type. Of no elements the sum is 0, the product 1, the largest
/// the smallest number of the type and the other way round. Source: ONNX ReduceSum-13, ReduceProd-18, ReduceMax-20,
/// ReduceMin-20 with keepdims = 0.
public struct Reduce: Operator {
  public static let identifier = "reduce"
  public enum Function: String, CaseIterable, Sendable {
    /// Integers wrap around.
    case sum, product
    /// Not a number where one of the elements is none. Truth values are taken as 0 and 1.
    case maximum, minimum
  }
  public let function: Function
  /// Different, in rising order.
  public let axes: [Int]

  public init(_ function: Function, axes: [Int]) {
    self.function = function
    self.axes = axes
  }
  public init(attributes: Attributes) throws(TypeError) {
    function = try attributes.choice("function", of: Reduce.identifier)
    axes = try attributes.integers("axes", of: Reduce.identifier)
  }
  public var attributes: Attributes {
    Attributes(["function": .text(function.rawValue), "axes": .integers(axes)])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    let x = operands[0]
    if x.element == .bool, function == .sum || function == .product {
      throw .elementType(op: identifier, operand: "x", expected: "numbers", found: x)
    }
    for axis in axes { try requireAxis(axis, of: x, "axes") }
    guard axes == Set(axes).sorted() else {
      throw .attribute(op: identifier, name: "axes", expected: "different axes in order", found: "\(axes)")
    }
    return [TensorType(x.element, x.dimensions.indices.filter { !axes.contains($0) }.map { x.dimensions[$0] })]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let shape = operands[0].shape
    let kept = (0..<shape.rank).filter { !axes.contains($0) }
    let starts = StridedPositions(kept, of: shape)
    let steps = StridedPositions(axes, of: shape)
    if let scalar = operands[0].type.integerScalar {
      reduceIntegers(operands[0], starts, steps, into: results[0], scalar)
      return
    }
    for position in 0..<results[0].shape.elementCount {
      let first = starts.position(position)
      var value = start
      for step in 0..<steps.count {
        value = function.binary.value(value, operands[0].number(at: first + steps.position(step)))
      }
      results[0].store(value, at: position)
    }
  }

  private var start: Double {
    switch function {
    case .sum: 0
    case .product: 1
    case .maximum: -.infinity
    case .minimum: .infinity
    }
  }

  private func reduceIntegers<Scalar: FixedWidthInteger & TensorScalar>(
    _ x: TensorView, _ starts: StridedPositions, _ steps: StridedPositions, into result: MutableTensorView,
    _: Scalar.Type
  ) {
    let start: Scalar =
      switch function {
      case .sum: 0
      case .product: 1
      case .maximum: x.type == .bool ? 0 : .min
      case .minimum: x.type == .bool ? 1 : .max
      }
    for position in 0..<result.shape.elementCount {
      let first = starts.position(position)
      var value = start
      for step in 0..<steps.count {
        value = function.binary.value(value, x.scalar(at: first + steps.position(step), as: Scalar.self))
      }
      result.store(scalar: value, at: position)
    }
  }
}

extension Reduce.Function {
  var binary: Binary.Function {
    switch self {
    case .sum: .add
    case .product: .multiply
    case .maximum: .maximum
    case .minimum: .minimum
    }
  }
}

/// The row-major positions that some axes of a shape span, in row-major order of those axes alone.
struct StridedPositions {
  private let extents: [Int]
  private let strides: [Int]
  let count: Int

  init(_ axes: [Int], of shape: Shape) {
    extents = axes.map { shape[$0] }
    strides = axes.map { shape.strides[$0] }
    count = extents.reduce(1, *)
  }

  func position(_ index: Int) -> Int {
    var (rest, position) = (index, 0)
    for axis in extents.indices.reversed() {
      position += rest % extents[axis] * strides[axis]
      rest /= extents[axis]
    }
    return position
  }
}
