import Graph
import Tensors

extension Lowering {
  /// Pad with its widths as an attribute. https://onnx.ai/onnx/operators/onnx__Pad.html
  static let padByAttributes = Lowering("Pad", since: 2, through: 10) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let pads = try node.ints("pads") ?? []
    let value = try node.float("value") ?? 0
    return [try node.padded(pads, Array(0..<node.type(x).rank), node.number(Double(value), like: x))]
  }

  /// Pad with its widths as an operand, from version 11 on; negative ones cut.
  static let pad = Lowering("Pad", since: 11) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let rank = node.type(x).rank
    let pads = try node.constantIntegers(1)
    let value = node.optional(2) ?? node.number(0, like: x)
    var axes = Array(0..<rank)
    if node.optional(3) != nil {
      axes = []
      for axis in try node.constantIntegers(3) { axes.append(try node.axis(axis, rank: rank, "axes")) }
    }
    return [try node.padded(pads, axes, value)]
  }
}

extension NodeReader {
  fileprivate func padded(_ pads: [Int], _ axes: [Int], _ value: Imported) throws(LoweringError) -> Imported {
    let mode = try string("mode", default: "constant")
    guard pads.count == 2 * axes.count, pads.allSatisfy({ $0.magnitude <= 1 << 40 }), Set(axes).count == axes.count
    else {
      throw .operand(reference, index: 1, expected: "\(2 * axes.count) widths", found: "\(pads)")
    }
    guard ["constant", "reflect", "edge", "wrap"].contains(mode) else {
      throw .attribute(reference, name: "mode", expected: "constant, reflect, edge or wrap", found: mode)
    }
    var x = try operand(0)
    for (index, axis) in axes.enumerated() {
      let (before, after) = (pads[index], pads[index + axes.count])
      if before == 0, after == 0 { continue }
      if mode == "constant" {
        x = try cut(x, axis, max(0, -before), max(0, -after))
        x = try widened(x, axis, max(0, before), max(0, after), value)
        continue
      }
      guard let extent = type(x).dimensions[axis].constant else { throw undecided("the length of axis \(axis)") }
      let count = before + extent + after
      guard extent > 0, (0...IntegerTensor.limit).contains(count) else {
        throw .operand(reference, index: 1, expected: "widths that leave a result", found: "\(pads)")
      }
      x = try picked(x, axis, (0..<count).map { Self.source($0 - before, extent, mode) })
    }
    return x
  }

  /// The position that a padded one repeats.
  private static func source(_ position: Int, _ extent: Int, _ mode: String) -> Int {
    switch mode {
    case "edge": return max(0, min(extent - 1, position))
    case "wrap": return (position % extent + extent) % extent
    default:
      let period = max(2 * (extent - 1), 1)
      let phase = (position % period + period) % period
      return phase < extent ? phase : period - phase
    }
  }

  private func cut(_ x: Imported, _ axis: Int, _ before: Int, _ after: Int) throws(LoweringError) -> Imported {
    if before == 0, after == 0 { return x }
    let count = type(x).dimensions[axis] - Dimension(before + after)
    guard count.isKnownNonNegative else { throw undecided("what is left of axis \(axis)") }
    return try apply(Slice(axis: axis, start: before, count: count), x)
  }

  /// With one value at both ends: by one operator where it is known.
  private func widened(
    _ x: Imported, _ axis: Int, _ before: Int, _ after: Int, _ value: Imported
  ) throws(LoweringError) -> Imported {
    if before == 0, after == 0 { return x }
    let dimensions = type(x).dimensions
    if case .constant(let known) = value, known.content.shape.elementCount == 1 {
      let number = known.content.tensor().withView { $0.number(at: 0) }
      let pads = { (width: Int) in dimensions.indices.map { $0 == axis ? width : 0 } }
      return try apply(Pad(before: pads(before), after: pads(after).map { Dimension($0) }, value: number), x)
    }
    let single = try reshape(value, [])
    var parts: [Imported] = []
    for width in [before, after] {
      var part = dimensions
      part[axis] = Dimension(width)
      if width > 0 { parts.append(try apply(Broadcast(part), single)) }
    }
    parts.insert(x, at: before > 0 ? 1 : 0)
    return try apply(Concat(axis: axis), to: parts)
  }
}
