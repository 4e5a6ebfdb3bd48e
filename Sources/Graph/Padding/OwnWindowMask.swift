public import Tensors

/// ``WindowMask`` for images that each fill their own part of a grid of windows: the seam of an image's shift lies at
/// the ends of its own windows, and what lies beyond these is kept apart as well.
///
/// Operand: windows int64 `[N, 2]`, rows and columns of each image's own windows, kept within 0 and the grid's.
/// Result: float32 `[N, rows, columns, 1, positions, positions]` for a map of `grid` = rows, columns of windows, which
/// is widened before it is shifted. Stands in graphs of a ``PaddedNetwork`` and in no file.
/// Source: Liu et al. 2021, arXiv:2103.14030, section 3.2.
public struct OwnWindowMask: Operator {
  public static let identifier = "ownWindowMask"
  /// What the images have alone.
  public let mask: WindowMask

  public init(_ mask: WindowMask) { self.mask = mask }
  public init(attributes: Attributes) throws(TypeError) { mask = try WindowMask(attributes: attributes) }
  public var attributes: Attributes { mask.attributes }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    let alone = try mask.resultTypes([])[0]
    guard mask.windowing.order == .padFirst, !mask.windowing.shiftsOnlyLargerMaps else {
      throw .attribute(
        op: identifier, name: "order", expected: "padFirst, and a shift of maps of every size",
        found: "\(Attributes(mask.windowing.attributeValues).sorted)")
    }
    try requireRank(operands[0], 2, "windows")
    try requireExtents(operands[0], of: operands[0].dimensions[0])
    return [TensorType(alone.element, [operands[0].dimensions[0]] + alone.dimensions)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let (shape, area) = (results[0].shape, mask.windowing.area)
    var start = 0
    for image in 0..<shape[0] {
      let own = OwnExtents(operands[0], image: image, height: shape[1], width: shape[2])
      for regions in mask.windowing.regions(grid: [shape[1], shape[2]], own: [own.rows, own.columns]) {
        for one in regions {
          for (column, other) in regions.enumerated() {
            results[0].store(one == other ? 0 : mask.value, at: start + column)
          }
          start += area
        }
      }
    }
  }
}
