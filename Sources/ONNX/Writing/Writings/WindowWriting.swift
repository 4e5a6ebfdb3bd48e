import Graph
import Tensors

extension Writing {
  static let windowPartition = Writing(WindowPartition.self) { (op, node) throws(ExportError) in
    let map = Array(node.type(0).dimensions[1...2])
    return try WindowWriter(node, op.windowing, map: map).partitioned(node.operand(0), node.type(0))
  }

  static let windowMerge = Writing(WindowMerge.self) { (op, node) throws(ExportError) in
    try WindowWriter(node, op.windowing, map: [op.height, op.width]).merged(node.operand(0), node.type(0))
  }

  /// Positions of a window of which a bias can be written.
  private static let largestWindow = 1 << 13

  static let relativePositions = Writing(RelativePositions.self) { (op, node) throws(ExportError) in
    // A table of extents that are not fixed cannot be written: which rows are gathered would depend on them.
    let extents = node.type(0).dimensions.prefix(2).map { $0.constant.map { ($0 + 1) / 2 } }
    guard let height = op.window.first ?? extents[0], let width = op.window.last ?? extents[1] else {
      throw .setting(node: node.label, expected: "a fixed image size", found: "a table \(node.type(0))")
    }
    // The file holds a row's number for every two positions.
    guard let area = node.result.dimensions[1].constant, area <= largestWindow else {
      throw .setting(
        node: node.label, expected: "at most \(largestWindow) positions", found: "\(node.result.dimensions[1])")
    }
    let entries = (0..<area * area).map { position in
      let (row, column) = (position / area, position % area)
      let down = row / width - column / width + height - 1
      return down * (2 * width - 1) + row % width - column % width + width - 1
    }
    let heads = node.result.dimensions[0]
    let flat = [Dimension((2 * height - 1) * (2 * width - 1)), heads]
    let table = try node.reshape(node.operand(0), node.type(0), flat)
    let rows = node.emit("Gather", [table, node.integers(entries)], ["axis": .int(0)])
    let type = TensorType(node.result.element, [heads, Dimension(area * area)])
    return try node.reshape(node.transpose(rows, [1, 0]), type, node.result.dimensions)
  }
}

/// A map that is cut into windows, or put together of them: rolled and widened as a whole, then taken apart by its
/// axes. Works for open extents; what a shift depends on is then computed from the inputs' shapes.
private struct WindowWriter {
  let node: NodeWriter
  let windowing: Windowing
  let map: [Dimension]
  let grid: [Dimension]
  /// Extents of the widened map.
  let full: [Dimension]

  init(_ node: NodeWriter, _ windowing: Windowing, map: [Dimension]) {
    self.node = node
    self.windowing = windowing
    self.map = map
    grid = windowing.grid(map[0], map[1])
    full = zip(grid, windowing.window).map { $0 * Dimension($1) }
  }

  func partitioned(_ x: String, _ type: TensorType) throws(ExportError) -> String {
    var y = x
    switch windowing.order {
    case .shiftFirst: y = try widened(rolled(y, forward: true))
    case .padFirst: y = try rolled(widened(y), forward: true)
    }
    let (n, c) = (type.dimensions[0], type.dimensions[3])
    let axes = [n, grid[0], Dimension(windowing.window[0]), grid[1], Dimension(windowing.window[1]), c]
    let order = windowing.scan == .rows ? [0, 1, 3, 2, 4, 5] : [0, 1, 3, 4, 2, 5]
    let split = try node.reshape(y, TensorType(type.element, [n] + full + [c]), axes)
    return try node.reshape(
      node.transpose(split, order), TensorType(type.element, order.map { axes[$0] }),
      [n, grid[0] * grid[1], Dimension(windowing.area), c])
  }

  func merged(_ x: String, _ type: TensorType) throws(ExportError) -> String {
    let (n, c) = (type.dimensions[0], type.dimensions[3])
    let window = windowing.window.map { Dimension($0) }
    let isByRows = windowing.scan == .rows
    let apart = [n] + grid + (isByRows ? window : window.reversed()) + [c]
    let order = isByRows ? [0, 1, 3, 2, 4, 5] : [0, 1, 4, 2, 3, 5]
    let ordered = node.transpose(try node.reshape(x, type, apart), order)
    let y = try node.reshape(ordered, TensorType(type.element, order.map { apart[$0] }), [n] + full + [c])
    switch windowing.order {
    case .shiftFirst: return try rolled(cropped(y), forward: false)
    case .padFirst: return try cropped(rolled(y, forward: false))
    }
  }

  private func widened(_ x: String) throws(ExportError) -> String {
    if map == full { return x }
    let after = zip(full, map).map { $0 - $1 }
    return node.emit("Pad", [x, try node.extents([0, 0, 0, 0, 0] + after + [0])])
  }

  private func cropped(_ x: String) throws(ExportError) -> String {
    var y = x
    for axis in 0..<2 where map[axis] != full[axis] {
      y = node.emit(
        "Slice", [y, node.integers([0]), try node.extents([map[axis]]), node.integers([axis + 1])])
    }
    return y
  }

  /// The map moved up and to the left, or back.
  private func rolled(_ x: String, forward: Bool) throws(ExportError) -> String {
    var y = x
    for axis in 0..<2 {
      guard let shift = try shift(axis, forward: forward) else { continue }
      let (end, axes) = (node.integers([NodeWriter.axisEnd]), node.integers([axis + 1]))
      let first = node.emit("Slice", [y, shift, end, axes])
      let last = node.emit("Slice", [y, node.integers([0]), shift, axes])
      y = node.emit("Concat", [first, last], ["axis": .int(Int64(axis + 1))])
    }
    return y
  }

  /// Where the map is cut to roll it along an axis, as a list of one integer; nil where it stays.
  private func shift(_ axis: Int, forward: Bool) throws(ExportError) -> String? {
    let stated = windowing.shift[axis]
    if stated == 0 { return nil }
    let extent = windowing.order == .shiftFirst ? map[axis] : full[axis]
    var shift = node.integers([forward ? stated : -stated])
    if windowing.order == .shiftFirst {
      if let known = extent.constant {
        guard known > 0, stated % known != 0 else { return nil }
        shift = node.integers([forward ? stated % known : -(stated % known)])
      } else {
        // Mod takes its sign from the divisor: the shift is made negative afterwards.
        shift = node.emit("Mod", [node.integers([stated]), try node.extents([extent])])
        if !forward { shift = node.emit("Neg", [shift]) }
      }
    }
    switch try node.isShifted(windowing, grid) {
    case .known(true): return shift
    case .known(false): return nil
    case .computed(let factor): return node.emit("Mul", [shift, factor])
    }
  }
}

extension NodeWriter {
  enum Condition {
    case known(Bool)
    /// The name of a list of one integer, 1 where it holds and 0 where not.
    case computed(String)
  }

  /// Whether a map of `grid` windows is shifted at all.
  func isShifted(_ windowing: Windowing, _ grid: [Dimension]) throws(ExportError) -> Condition {
    guard windowing.shiftsOnlyLargerMaps else { return .known(true) }
    let known = grid.compactMap(\.constant)
    if known.contains(where: { $0 <= 1 }) { return .known(false) }
    if known.count == 2 { return .known(true) }
    var factors: [String] = []
    for extent in grid where extent.constant == nil {
      factors.append(emit("Min", [try extents([extent - 1]), integers([1])]))
    }
    return .computed(factors.count == 1 ? factors[0] : emit("Mul", factors))
  }
}
