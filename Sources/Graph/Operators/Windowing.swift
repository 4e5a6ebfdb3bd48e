/// How a map `[N, h, w, c]` is cut into windows that tile it: their extents, and a cyclic shift of the map before.
///
/// A map that windows do not tile is widened with zeros at its lower and right ends.
/// Source: Liu et al. 2021, arXiv:2103.14030.
public struct Windowing: Hashable, Sendable {
  /// What comes first: the shift of the map, or its widening.
  public enum Order: String, CaseIterable, Sendable { case shiftFirst, padFirst }
  /// How the positions of one window follow each other: row by row, or column by column.
  public enum Scan: String, CaseIterable, Sendable { case rows, columns }

  /// Height, width; positions.
  public var window: [Int]
  /// The map moves up and to the left by as many positions.
  public var shift: [Int]
  public var order: Order
  public var scan: Scan
  /// Whether maps no larger than the window in one of the extents are not shifted.
  public var shiftsOnlyLargerMaps: Bool

  public init(
    window: [Int], shift: [Int] = [0, 0], order: Order = .padFirst, scan: Scan = .rows,
    shiftsOnlyLargerMaps: Bool = false
  ) {
    self.window = window
    self.shift = shift
    self.order = order
    self.scan = scan
    self.shiftsOnlyLargerMaps = shiftsOnlyLargerMaps
  }

  init(attributes: Attributes, of op: String) throws(TypeError) {
    window = try attributes.integers("window", of: op)
    shift = try attributes.integers("shift", of: op)
    order = try attributes.choice("order", of: op)
    scan = try attributes.choice("scan", of: op)
    shiftsOnlyLargerMaps = try attributes.flag("shiftsOnlyLargerMaps", of: op)
  }

  var attributeValues: [String: Attributes.Value] {
    [
      "window": .integers(window), "shift": .integers(shift), "order": .text(order.rawValue),
      "scan": .text(scan.rawValue), "shiftsOnlyLargerMaps": .integer(shiftsOnlyLargerMaps ? 1 : 0),
    ]
  }

  /// Larger windows are refused, so that positions cannot overflow.
  private static let limit = 1 << 12

  func validate(_ op: String) throws(TypeError) {
    guard window.count == 2, window.allSatisfy({ (1...Windowing.limit).contains($0) }) else {
      throw .attribute(
        op: op, name: "window", expected: "two integers from 1 to \(Windowing.limit)", found: "\(window)")
    }
    guard shift.count == 2, zip(shift, window).allSatisfy({ (0..<$1).contains($0) }) else {
      throw .attribute(op: op, name: "shift", expected: "two integers from 0 to below \(window)", found: "\(shift)")
    }
  }

  /// Positions of one window.
  public var area: Int { window[0] * window[1] }

  /// Windows over each extent of a map.
  public func grid(_ height: Dimension, _ width: Dimension) -> [Dimension] {
    zip([height, width], window).map { ($0 + Dimension($1 - 1)).floorDivided(by: $1) }
  }

  private func grid(_ map: [Int]) -> [Int] { zip(map, window).map { ($0 + $1 - 1) / $1 } }

  private func shift(of map: [Int]) -> [Int] {
    shiftsOnlyLargerMaps && zip(map, window).contains { $0 <= $1 } ? [0, 0] : shift
  }

  /// For every position of every window, windows by rows, the row-major position of the map; -1 where it is widened.
  package func sources(height: Int, width: Int) -> [Int] {
    let map = [height, width]
    let (grid, shift) = (grid(map), shift(of: map))
    /// The position of the map, along one axis, that lands at a position of the shifted and widened map.
    let origins = (0..<2).map { axis in
      (0..<grid[axis] * window[axis]).map { position in
        switch order {
        case .shiftFirst: position < map[axis] ? (position + shift[axis]) % map[axis] : -1
        case .padFirst: (position + shift[axis]) % (grid[axis] * window[axis])
        }
      }.map { (0..<map[axis]).contains($0) ? $0 : -1 }
    }
    var sources: [Int] = []
    sources.reserveCapacity(grid[0] * grid[1] * area)
    for row in 0..<grid[0] {
      for column in 0..<grid[1] {
        for position in 0..<area {
          let (y, x) = place(position)
          let (top, left) = (origins[0][row * window[0] + y], origins[1][column * window[1] + x])
          sources.append(top < 0 || left < 0 ? -1 : top * width + left)
        }
      }
    }
    return sources
  }

  /// Where a position of a window stands within it.
  private func place(_ position: Int) -> (y: Int, x: Int) {
    switch scan {
    case .rows: (position / window[1], position % window[1])
    case .columns: (position % window[0], position / window[0])
    }
  }

  /// For every window and each of its positions, which of the parts that the shift has brought together it is from.
  func regions(grid: [Int]) -> [[Int]] { regions(grid: grid, own: grid) }

  /// The same for an image that fills only its `own` windows, at the top left of the grid; what lies beyond these is
  /// another part.
  ///
  /// Precondition: `own` is at most `grid`; where they differ, the map is widened first, and shifted whatever its size.
  func regions(grid: [Int], own: [Int]) -> [[Int]] {
    // A map is larger than the window where it takes more than one.
    let shift = shift(of: zip(grid, window).map { $0 * $1 })
    /// Of the last window along an axis, the part before the seam comes first, that behind it second.
    func region(_ axis: Int, _ position: Int) -> Int {
      let (end, ownEnd) = (grid[axis] * window[axis], own[axis] * window[axis])
      let origin = (position + shift[axis]) % end
      if origin >= ownEnd { return 3 }
      guard shift[axis] > 0 else { return 0 }
      if origin < shift[axis] { return 2 }
      return position >= ownEnd - window[axis] ? 1 : 0
    }
    return (0..<grid[0] * grid[1]).map { index in
      (0..<area).map { position in
        let (y, x) = place(position)
        return region(0, index / grid[1] * window[0] + y) * 4 + region(1, index % grid[1] * window[1] + x)
      }
    }
  }
}
