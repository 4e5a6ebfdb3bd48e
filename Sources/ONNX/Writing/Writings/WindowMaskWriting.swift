import Graph
import Tensors

extension Writing {
  /// Only the last windows along an axis join two ends of the map, all of them alike: the mask is a matrix of
  /// positions for each axis, times a vector of windows that is 1 at its end. Where both axes keep two positions
  /// apart they count once: a + b - a·b.
  static let windowMask = Writing(WindowMask.self) { (op, node) throws(ExportError) in
    guard op.value.isFinite else {
      throw .setting(node: node.label, expected: "a finite value", found: "\(op.value)")
    }
    var parts: [String] = []
    for axis in 0..<2 where op.windowing.shift[axis] > 0 {
      let apart = node.tensor(op.windowing.apart(axis))
      parts.append(node.emit("Mul", [try node.lastWindow(op.grid[axis], axis), apart]))
    }
    let shifted = try node.isShifted(op.windowing, op.grid)
    if case .known(false) = shifted { parts = [] }
    guard var union = parts.first else {
      return node.emit("Expand", [node.number(0), try node.extents(node.result.dimensions)])
    }
    if parts.count == 2 {
      union = node.emit("Sub", [node.emit("Add", parts), node.emit("Mul", parts)])
    } else {
      union = node.emit("Expand", [union, try node.extents(node.result.dimensions)])
    }
    if case .computed(let factor) = shifted {
      union = node.emit("Mul", [union, node.emit("Cast", [factor], ["to": .int(Int64(ElementKind.float.rawValue))])])
    }
    return node.emit("Mul", [union, node.number(op.value)])
  }
}

extension NodeWriter {
  /// 0 for every window along an axis but the last, 1 for that one; `[count, 1, 1, 1, 1]` or `[1, count, 1, 1, 1]`.
  fileprivate func lastWindow(_ count: Dimension, _ axis: Int) throws(ExportError) -> String {
    let one = tensor(Tensor([Float(1)], shape: [1, 1, 1, 1, 1]))
    if count == 1 { return one }
    var extents = [Dimension](repeating: 1, count: 5)
    extents[axis] = count - 1
    let zeros = emit("Expand", [number(0), try self.extents(extents)])
    return emit("Concat", [zeros, one], ["axis": .int(Int64(axis))])
  }
}

extension Windowing {
  /// `[positions, positions]`, 1 where the shift has brought two positions of an axis' last window together.
  fileprivate func apart(_ axis: Int) -> Tensor {
    let isBehind = (0..<area).map { position in
      let place =
        switch (scan, axis) {
        case (.rows, 0): position / window[1]
        case (.rows, _): position % window[1]
        case (.columns, 0): position % window[0]
        case (.columns, _): position / window[0]
        }
      return place >= window[axis] - shift[axis]
    }
    let values = isBehind.flatMap { row in isBehind.map { Float($0 == row ? 0 : 1) } }
    return Tensor(values, shape: [area, area])
  }
}
