extension RunLengthMask {
  /// The mask that COCO's tools make of a polygon: corners x, y in pixels, edges drawn on a grid five times as fine.
  ///
  /// Where an edge crosses the middle of a column, the column changes between outside and inside.
  /// Source: pycocotools 2.0, the function that turns polygons into runs.
  public init(height: Int, width: Int, polygon corners: [Double]) throws(MaskError) {
    guard (1...Self.sideLimit).contains(height), (1...Self.sideLimit).contains(width) else {
      throw .size(height: height, width: width)
    }
    guard corners.count >= 6, corners.count % 2 == 0 else {
      throw .polygon("an even number of at least 6 coordinates expected, \(corners.count) found")
    }
    guard corners.allSatisfy({ abs($0) <= Double(Self.sideLimit) }) else {
      throw .polygon("coordinates of at most \(Self.sideLimit) expected")
    }
    let outline = PolygonOutline(corners)
    var changes: [Int] = []
    for (before, point) in zip(outline.points, outline.points.dropFirst()) where point.x != before.x {
      let fineColumn = Double(point.x < before.x ? point.x : point.x - 1)
      let column = (fineColumn + 0.5) / PolygonOutline.scale - 0.5
      guard column.rounded(.down) == column, column >= 0, column <= Double(width - 1) else { continue }
      let row = (Double(min(point.y, before.y)) + 0.5) / PolygonOutline.scale - 0.5
      let top = min(max(row, 0), Double(height)).rounded(.up)
      changes.append(Int(column) * height + Int(top))
    }
    changes.sort()
    try self.init(height: height, width: width, runs: Self.runs(between: changes + [height * width]))
  }

  /// Runs between places where inside and outside change; two changes at one place are none.
  private static func runs(between changes: [Int]) -> [Int] {
    var lengths: [Int] = []
    var last = 0
    for change in changes {
      lengths.append(change - last)
      last = change
    }
    var runs = [lengths[0]]
    var index = 1
    while index < lengths.count {
      if lengths[index] > 0 {
        runs.append(lengths[index])
      } else if index + 1 < lengths.count {
        index += 1
        runs[runs.count - 1] += lengths[index]
      }
      index += 1
    }
    return runs
  }
}

/// The points of a closed polygon's edges on the fine grid, in their order.
private struct PolygonOutline {
  static let scale = 5.0
  private(set) var points: [(x: Int, y: Int)] = []

  init(_ corners: [Double]) {
    // Towards zero after adding a half, as in C.
    let grid = stride(from: 0, to: corners.count, by: 2).map { index in
      (x: Int(Self.scale * corners[index] + 0.5), y: Int(Self.scale * corners[index + 1] + 0.5))
    }
    for (index, start) in grid.enumerated() { draw(start, grid[(index + 1) % grid.count]) }
  }

  /// Steps along the longer direction, always computed from the same end.
  private mutating func draw(_ start: (x: Int, y: Int), _ end: (x: Int, y: Int)) {
    let (dx, dy) = (abs(end.x - start.x), abs(end.y - start.y))
    let isFlat = dx >= dy
    let isReversed = isFlat ? start.x > end.x : start.y > end.y
    let (from, to) = isReversed ? (end, start) : (start, end)
    let steps = max(dx, dy)
    let slope = steps == 0 ? 0 : Double(isFlat ? to.y - from.y : to.x - from.x) / Double(steps)
    for step in 0...steps {
      let t = isReversed ? steps - step : step
      if isFlat {
        points.append((from.x + t, Int(Double(from.y) + slope * Double(t) + 0.5)))
      } else {
        points.append((Int(Double(from.x) + slope * Double(t) + 0.5), from.y + t))
      }
    }
  }
}
