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

/// The mean of the logits that overlapping windows give, pixel by pixel.
public struct WindowLogits: Sendable {
  public let classes: Int
  public let height: Int
  public let width: Int
  /// [classes, height, width]
  public private(set) var sums: [Float]
  public private(set) var counts: [Int32]

  public init(classes: Int, height: Int, width: Int) {
    self.classes = classes
    self.height = height
    self.width = width
    sums = [Float](repeating: 0, count: classes * height * width)
    counts = [Int32](repeating: 0, count: height * width)
  }

  /// Adds a window's logits [classes, h, w], resized to it.
  public mutating func add(_ logits: UnsafePointer<Float>, size: (Int, Int), to window: WindowGrid.Window) {
    let (h, w) = size
    let rows = BilinearAxis(length: h).resized(to: window.rows.count)
    let columns = BilinearAxis(length: w).resized(to: window.columns.count)
    var line = [Float](repeating: 0, count: w)
    sums.withUnsafeMutableBufferPointer { sums in
      for index in 0..<classes {
        let plane = logits + index * h * w
        for (place, row) in window.rows.enumerated() {
          for column in 0..<w { line[column] = 0 }
          for tap in rows.taps[place] {
            let source = plane + tap.place * w
            for column in 0..<w { line[column] += tap.weight * source[column] }
          }
          let target = (index * height + row) * width + window.columns.lowerBound
          for column in 0..<window.columns.count {
            for tap in columns.taps[column] { sums[target + column] += tap.weight * line[tap.place] }
          }
        }
      }
    }
    for row in window.rows { for column in window.columns { counts[row * width + column] += 1 } }
  }

  /// The means; 0 where no window was.
  public var means: [Float] {
    let plane = height * width
    return sums.indices.map { counts[$0 % plane] > 0 ? sums[$0] / Float(counts[$0 % plane]) : 0 }
  }
}
