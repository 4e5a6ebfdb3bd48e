public import Tensors

/// Each image's own part of a map, at the top left; zeros beyond it.
///
/// Operands: x `[N, h, w, c]`, extents int64 `[N, 2]`, the rows and columns of each image's part, which are kept within
/// 0 and the map's. Result: `[N, h, w, c]`. Stands in graphs of a ``PaddedNetwork`` and in no file. Source: none.
public struct OwnPart: Operator {
  public static let identifier = "ownPart"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    try requireRank(operands[0], 4, "x")
    try requireExtents(operands[1], of: operands[0].dimensions[0])
    return [operands[0]]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let map = operands[0].shape
    let size = map[3] * operands[0].type.size
    results[0].clear()
    for image in 0..<map[0] {
      let own = OwnExtents(operands[1], image: image, height: map[1], width: map[2])
      for row in 0..<own.rows {
        for column in 0..<own.columns {
          let position = (image * map[1] + row) * map[2] + column
          results[0].row(position, size).copyMemory(from: operands[0].row(position, size))
        }
      }
    }
  }
}

/// How much of a batch's map is one image's own.
package struct OwnExtents: Hashable, Sendable {
  package let rows: Int
  package let columns: Int

  /// `extents` are [N, 2]; what they state is kept within 0 and the map's extents.
  package init(_ extents: TensorView, image: Int, height: Int, width: Int) {
    rows = min(max(extents.integer(at: 2 * image), 0), height)
    columns = min(max(extents.integer(at: 2 * image + 1), 0), width)
  }
}

extension Operator {
  /// Rows and columns of each image of a batch.
  func requireExtents(_ extents: TensorType, of batch: Dimension) throws(TypeError) {
    try requireType(extents, TensorType(.int64, [batch, 2]), "extents")
  }
}
