public import Tensors

/// What keeps apart, in the windows of a shifted map, positions that do not lie beside each other in the map itself.
///
/// No operands. Result: float32 `[rows, columns, 1, positions, positions]` for a map of `grid` = rows, columns of
/// windows, to be added to an attention's scores: `value` where two positions of a window come from different sides
/// of the map's ends, 0 elsewhere. Source: Liu et al. 2021, arXiv:2103.14030, section 3.2.
public struct WindowMask: Operator {
  public static let identifier = "windowMask"
  public let windowing: Windowing
  public let grid: [Dimension]
  public let value: Double

  public init(_ windowing: Windowing, grid: [Dimension], value: Double) {
    self.windowing = windowing
    self.grid = grid
    self.value = value
  }
  public init(attributes: Attributes) throws(TypeError) {
    windowing = try Windowing(attributes: attributes, of: WindowMask.identifier)
    grid = try attributes.dimensions("grid", of: WindowMask.identifier)
    value = try attributes.number("value", of: WindowMask.identifier)
  }
  public var attributes: Attributes {
    Attributes(windowing.attributeValues.merging(["grid": .dimensions(grid), "value": .number(value)]) { $1 })
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 0...0)
    try windowing.validate(identifier)
    guard grid.count == 2 else {
      throw .attribute(
        op: identifier, name: "grid", expected: "two dimensions", found: "\(Attributes.Value.dimensions(grid))")
    }
    let area = Dimension(windowing.area)
    return [TensorType(.float32, grid + [1, area, area])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let area = windowing.area
    let regions = windowing.regions(grid: [results[0].shape[0], results[0].shape[1]])
    for (window, regions) in regions.enumerated() {
      for (row, one) in regions.enumerated() {
        for (column, other) in regions.enumerated() {
          results[0].store(one == other ? 0 : value, at: (window * area + row) * area + column)
        }
      }
    }
  }
}
