public import Tensors

/// A table of numbers by relative position, as an attention's bias between the positions of a window.
///
/// Operand: table `[2·height - 1, 2·width - 1, heads]` by differences of rows and of columns, each from the most
/// negative; or that of a `window`, `[(2·height - 1)·(2·width - 1), heads]`. Result:
/// `[heads, height·width, height·width]`; the entry of a row and a column is that of the row's position minus the
/// column's. Source: Liu et al. 2021, arXiv:2103.14030, section 3.2.
public struct RelativePositions: Operator {
  public static let identifier = "relativePositions"
  /// Height, width; empty where the table's extents tell them.
  public let window: [Int]

  public init(window: [Int] = []) { self.window = window }
  public init(attributes: Attributes) throws(TypeError) {
    window = try attributes.integers("window", of: RelativePositions.identifier)
  }
  public var attributes: Attributes { Attributes(["window": .integers(window)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    let table = operands[0]
    try requireFloat(table, "table")
    guard !window.isEmpty else {
      try requireRank(table, 3, "table")
      let extents = table.dimensions.prefix(2).map { ($0 + 1).floorDivided(by: 2) }
      for axis in 0..<2 { try requireExtent(table, axis, extents[axis] * 2 - 1, "table") }
      let area = extents[0] * extents[1]
      return [TensorType(table.element, [table.dimensions[2], area, area])]
    }
    try requireRank(table, 2, "table")
    try Windowing(window: window).validate(identifier)
    try requireExtent(table, 0, Dimension((2 * window[0] - 1) * (2 * window[1] - 1)), "table")
    let area = Dimension(window[0] * window[1])
    return [TensorType(table.element, [table.dimensions[1], area, area])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (heads, area) = (results[0].shape[0], results[0].shape[1])
    let extents = window.isEmpty ? operands[0].shape.extents.prefix(2).map { ($0 + 1) / 2 } : window
    let (height, width) = (extents[0], extents[1])
    for row in 0..<area {
      for column in 0..<area {
        let down = row / width - column / width + height - 1
        let right = row % width - column % width + width - 1
        for head in 0..<heads {
          let entry = operands[0].number(at: (down * (2 * width - 1) + right) * heads + head)
          results[0].store(entry, at: (head * area + row) * area + column)
        }
      }
    }
  }
}
