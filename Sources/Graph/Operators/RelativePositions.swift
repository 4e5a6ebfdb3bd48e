public import Tensors

/// A table of numbers by relative position, as an attention's bias between the positions of a window.
///
/// Operand: table `[(2·height - 1)·(2·width - 1), heads]`, row-major over the differences of rows and columns from
/// the most negative. Result: `[heads, height·width, height·width]`; the entry of a row and a column is that of the
/// row's position minus the column's. Source: Liu et al. 2021, arXiv:2103.14030, section 3.2.
public struct RelativePositions: Operator {
  public static let identifier = "relativePositions"
  /// Height, width.
  public let window: [Int]

  public init(window: [Int]) { self.window = window }
  public init(attributes: Attributes) throws(TypeError) {
    window = try attributes.integers("window", of: RelativePositions.identifier)
  }
  public var attributes: Attributes { Attributes(["window": .integers(window)]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireFloat(operands[0], "table")
    try requireRank(operands[0], 2, "table")
    try Windowing(window: window).validate(identifier)
    let heads = operands[0].dimensions[1]
    let differences = Dimension((2 * window[0] - 1) * (2 * window[1] - 1))
    try requireExtent(operands[0], 0, differences, "table")
    let area = Dimension(window[0] * window[1])
    return [TensorType(operands[0].element, [heads, area, area])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (heads, area) = (results[0].shape[0], results[0].shape[1])
    let (height, width) = (window[0], window[1])
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
