public import Tensors

/// Windows put together to the map that ``WindowPartition`` has cut; what widened the map is left away.
///
/// Operand: x `[N, windows, positions, c]`. Result: `[N, height, width, c]`.
/// Source: Liu et al. 2021, arXiv:2103.14030.
public struct WindowMerge: Operator {
  public static let identifier = "windowMerge"
  public let windowing: Windowing
  public let height: Dimension
  public let width: Dimension

  public init(_ windowing: Windowing, height: Dimension, width: Dimension) {
    self.windowing = windowing
    self.height = height
    self.width = width
  }
  public init(attributes: Attributes) throws(TypeError) {
    windowing = try Windowing(attributes: attributes, of: WindowMerge.identifier)
    (height, width) = try attributes.map(of: WindowMerge.identifier)
  }
  public var attributes: Attributes {
    Attributes(windowing.attributeValues.merging(["map": .dimensions([height, width])]) { $1 })
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireRank(operands[0], 4, "x")
    try windowing.validate(identifier)
    let (grid, x) = (windowing.grid(height, width), operands[0].dimensions)
    try requireExtent(operands[0], 1, grid[0] * grid[1], "x")
    try requireExtent(operands[0], 2, Dimension(windowing.area), "x")
    return [TensorType(operands[0].element, [x[0], height, width, x[3]])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    guard results[0].shape.elementCount > 0 else { return }
    let map = results[0].shape
    let sources = windowing.sources(height: map[1], width: map[2])
    let (size, each) = (map[3] * operands[0].type.size, map[1] * map[2])
    for image in 0..<map[0] {
      for (position, target) in sources.enumerated() where target >= 0 {
        results[0].row(image * each + target, size)
          .copyMemory(from: operands[0].row(image * sources.count + position, size))
      }
    }
  }
}

extension Attributes {
  /// Height and width of a map.
  func map(of op: String) throws(TypeError) -> (Dimension, Dimension) {
    let map = try dimensions("map", of: op)
    guard map.count == 2 else {
      throw .attribute(op: op, name: "map", expected: "two dimensions", found: "\(Value.dimensions(map))")
    }
    return (map[0], map[1])
  }
}
