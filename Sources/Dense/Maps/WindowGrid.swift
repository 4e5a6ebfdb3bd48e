/// Overlapping windows that together cover an image; the last ones are moved back to its edge.
///
/// Source: mmseg.models.EncoderDecoder.slide_inference.
public struct WindowGrid: Hashable, Sendable {
  public struct Window: Hashable, Sendable {
    public let rows: Range<Int>
    public let columns: Range<Int>
  }

  /// Row by row.
  public let windows: [Window]

  /// A window is no larger than the image. Precondition: strides are positive.
  public init(height: Int, width: Int, crop: (height: Int, width: Int), stride: (height: Int, width: Int)) {
    let rows = WindowGrid.ranges(height, crop.height, stride.height)
    let columns = WindowGrid.ranges(width, crop.width, stride.width)
    windows = rows.flatMap { row in columns.map { Window(rows: row, columns: $0) } }
  }

  private static func ranges(_ length: Int, _ crop: Int, _ stride: Int) -> [Range<Int>] {
    precondition(stride > 0, "windows move on")
    let count = max(length - crop + stride - 1, 0) / stride + 1
    return (0..<count).map { index in
      let end = min(index * stride + crop, length)
      return max(end - crop, 0)..<end
    }
  }
}
