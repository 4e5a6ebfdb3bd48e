public import Tensors

/// The mean over each image's own part of a map.
///
/// Operands: x `[N, h, w, c]`, extents int64 `[N, 2]`, the rows and columns of each image's part at the top left, which
/// are kept within 0 and the map's. Result: `[N, 1, c]`; zeros for an image without a part. Stands in graphs of a
/// ``PaddedNetwork`` and in no file. Source: none.
public struct OwnMean: Operator {
  public static let identifier = "ownMean"

  public init() {}
  public init(attributes: Attributes) throws(TypeError) {}
  public var attributes: Attributes { Attributes() }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    let x = operands[0]
    try requireFloat(x, "x")
    try requireRank(x, 4, "x")
    try requireExtents(operands[1], of: x.dimensions[0])
    return [TensorType(x.element, [x.dimensions[0], 1, x.dimensions[3]])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let map = operands[0].shape
    for image in 0..<map[0] {
      let own = OwnExtents(operands[1], image: image, height: map[1], width: map[2])
      let count = Double(max(own.rows * own.columns, 1))
      for channel in 0..<map[3] {
        var sum = 0.0
        for row in 0..<own.rows {
          for column in 0..<own.columns {
            sum += operands[0].number(at: ((image * map[1] + row) * map[2] + column) * map[3] + channel)
          }
        }
        results[0].store(sum / count, at: image * map[3] + channel)
      }
    }
  }
}
