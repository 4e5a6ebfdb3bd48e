public import Tensors

/// Which scale and zero point belongs to each element of a quantised tensor.
///
/// One for all; one for each index of an axis; or, where `block` is not 0, one for each run of `block` indices of the
/// axis and each index of the others.
public struct QuantizationGrid: Hashable, Sendable {
  public let axis: Int
  public let block: Int

  public init(axis: Int = 0, block: Int = 0) {
    self.axis = axis
    self.block = block
  }

  init(attributes: Attributes, of op: String) throws(TypeError) {
    axis = try attributes.integer("axis", of: op)
    block = try attributes.integer("block", of: op)
  }

  var attributes: [String: Attributes.Value] { ["axis": .integer(axis), "block": .integer(block)] }

  func check(_ x: TensorType, _ scale: TensorType, of op: String) throws(TypeError) {
    guard block >= 0, block <= 1 << 40 else {
      throw .attribute(op: op, name: "block", expected: "a number of elements, or 0", found: "\(block)")
    }
    if block == 0, scale.rank == 0 || scale.dimensions == [1] { return }
    guard (0..<x.rank).contains(axis) else {
      throw .attribute(op: op, name: "axis", expected: "an axis of \(x)", found: "\(axis)")
    }
    var expected = block == 0 ? [x.dimensions[axis]] : x.dimensions
    if block > 0 { expected[axis] = (x.dimensions[axis] + Dimension(block - 1)).floorDivided(by: block) }
    guard scale.dimensions == expected else {
      throw .extent(
        op: op, operand: "scale", axis: 0, expected: "\(Attributes.Value.dimensions(expected))", found: scale)
    }
  }

  /// How positions of x become positions of the scale.
  struct Index {
    private let extent: Int
    private let inner: Int
    private let block: Int
    private let isSingle: Bool
    private let blocks: Int

    init(_ grid: QuantizationGrid, _ x: Shape, _ scale: Shape) {
      isSingle = scale.elementCount == 1
      extent = isSingle ? 1 : x[grid.axis]
      inner = isSingle ? 1 : x.count(grid.axis + 1..<x.rank)
      block = grid.block
      blocks = block > 0 && !isSingle ? scale[grid.axis] : 0
    }

    func position(_ position: Int) -> Int {
      if isSingle { return 0 }
      let index = position / inner % extent
      guard block > 0 else { return index }
      return (position / (inner * extent) * blocks + index / block) * inner + position % inner
    }
  }
}

/// Numbers as integers: round(x / scale) + zero point, ties to even, kept within the range of the result's type.
///
/// Operands: x, floating-point or int32; scale, of ``QuantizationGrid``; optionally the zero point, of the result's
/// type and the scale's shape. Result: integers of x's extents. Source: ONNX QuantizeLinear-21.
public struct Quantize: Operator {
  public static let identifier = "quantize"
  public let element: ElementType
  public let grid: QuantizationGrid

  public init(to element: ElementType, _ grid: QuantizationGrid = QuantizationGrid()) {
    self.element = element
    self.grid = grid
  }
  public init(attributes: Attributes) throws(TypeError) {
    element = try attributes.element("to", of: Quantize.identifier)
    grid = try QuantizationGrid(attributes: attributes, of: Quantize.identifier)
  }
  public var attributes: Attributes {
    Attributes(grid.attributes.merging(["to": .text("\(element)")]) { own, _ in own })
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...3)
    let (x, scale) = (operands[0], operands[1])
    if x.element != .int32 { try requireFloat(x, "x") }
    try requireFloat(scale, "scale")
    guard !element.isFloatingPoint, element != .bool else {
      throw .attribute(op: identifier, name: "to", expected: "an integer type", found: "\(element)")
    }
    try grid.check(x, scale, of: identifier)
    if operands.count == 3 { try requireType(operands[2], TensorType(element, scale.dimensions), "zero point") }
    return [TensorType(element, x.dimensions)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, scale) = (operands[0], operands[1].numbers())
    let zero = operands.count == 3 ? operands[2].numbers() : nil
    let index = QuantizationGrid.Index(grid, x.shape, operands[1].shape)
    for position in 0..<x.shape.elementCount {
      let own = index.position(position)
      let number = x.number(at: position)
      // Which of two integers is nearer shows only in the precision in which the standard divides.
      let quotient = x.type == .float64 ? number / scale[own] : Double(Float(number) / Float(scale[own]))
      results[0].store(quotient.rounded(.toNearestOrEven) + (zero?[own] ?? 0), at: position)
    }
  }
}

/// The numbers that integers stand for: (x - zero point) · scale.
///
/// Operands: x, integers; scale, of ``QuantizationGrid``; optionally the zero point, of x's type and the scale's
/// shape. Result: of x's extents in the scale's type. Source: ONNX DequantizeLinear-21.
public struct Dequantize: Operator {
  public static let identifier = "dequantize"
  public let grid: QuantizationGrid

  public init(_ grid: QuantizationGrid = QuantizationGrid()) { self.grid = grid }
  public init(attributes: Attributes) throws(TypeError) {
    grid = try QuantizationGrid(attributes: attributes, of: Dequantize.identifier)
  }
  public var attributes: Attributes { Attributes(grid.attributes) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...3)
    let (x, scale) = (operands[0], operands[1])
    guard !x.element.isFloatingPoint, x.element != .bool else {
      throw .elementType(op: identifier, operand: "x", expected: "integers", found: x)
    }
    try requireFloat(scale, "scale")
    try grid.check(x, scale, of: identifier)
    if operands.count == 3 { try requireType(operands[2], TensorType(x.element, scale.dimensions), "zero point") }
    return [TensorType(scale.element, x.dimensions)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (x, scale) = (operands[0], operands[1].numbers())
    let zero = operands.count == 3 ? operands[2].numbers() : nil
    let index = QuantizationGrid.Index(grid, x.shape, operands[1].shape)
    for position in 0..<x.shape.elementCount {
      let own = index.position(position)
      results[0].store((x.number(at: position) - (zero?[own] ?? 0)) * scale[own], at: position)
    }
  }
}
