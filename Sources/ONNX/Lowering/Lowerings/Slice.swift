import Graph

extension Lowering {
  /// Slice with its ranges as attributes. https://onnx.ai/onnx/operators/onnx__Slice.html
  static let sliceByAttributes = Lowering("Slice", since: 1, through: 9) { (node) throws(LoweringError) in
    let (starts, ends) = (try node.ints("starts") ?? [], try node.ints("ends") ?? [])
    let axes = try node.ints("axes") ?? Array(starts.indices)
    return [
      try node.sliced(starts.map { Dimension($0) }, ends.map { Dimension($0) }, axes, starts.map { _ in 1 })
    ]
  }

  /// Slice with its ranges as operands, from version 10 on. Starts and ends may depend on symbols.
  static let slice = Lowering("Slice", since: 10) { (node) throws(LoweringError) in
    let (starts, ends) = (try node.knownIntegers(1).elements, try node.knownIntegers(2).elements)
    let axes = node.optional(3) == nil ? Array(starts.indices) : try node.constantIntegers(3)
    let steps = node.optional(4) == nil ? starts.map { _ in 1 } : try node.constantIntegers(4)
    return [try node.sliced(starts, ends, axes, steps)]
  }
}

extension NodeReader {
  fileprivate func sliced(
    _ starts: [Dimension], _ ends: [Dimension], _ axes: [Int], _ steps: [Int]
  ) throws(LoweringError) -> Imported {
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw .operand(
        reference, index: 1, expected: "as many starts as ends, axes and steps",
        found: "\(starts.count), \(ends.count), \(axes.count) and \(steps.count)")
    }
    var result = try operand(0)
    let rank = type(result).rank
    _ = try self.axes(axes, rank: rank)
    for index in starts.indices {
      let axis = try axis(axes[index], rank: rank, "axes")
      let extent = type(result).dimensions[axis]
      if steps[index] != 1 {
        result = try stepped(result, axis, starts[index], ends[index], steps[index])
        continue
      }
      let start = try bound(starts[index], extent, isStart: true)
      let end = try bound(ends[index], extent, isStart: false)
      if start == 0, end == extent { continue }
      let count = (end - start).isKnownNonNegative ? end - start : (start - end).isKnownNonNegative ? 0 : nil
      guard let first = start.constant, let count else { throw undecided("the range \(start)..<\(end)") }
      if case .integers(let integers) = result {
        guard rank == 1, let count = count.constant else {
          result = try apply(Slice(axis: axis, start: first, count: count), result)
          continue
        }
        let kept = Array(integers.elements[first..<first + count])
        result = .integers(IntegerTensor(integers.element, extents: [count], kept))
      } else {
        result = try apply(Slice(axis: axis, start: first, count: count), result)
      }
    }
    return result
  }

  /// A range with a step other than 1, of an axis whose extent is known.
  private func stepped(
    _ x: Imported, _ axis: Int, _ start: Dimension, _ end: Dimension, _ step: Int
  ) throws(LoweringError) -> Imported {
    guard let extent = type(x).dimensions[axis].constant, let start = start.bound, let end = end.bound else {
      throw undecided("the range \(start)..<\(end)")
    }
    guard step != 0, extent <= IntegerTensor.limit else {
      throw .operand(reference, index: 4, expected: "steps other than 0 in lists of integers", found: "\(step)")
    }
    // Behind the last position going up, before the first going down.
    let edges = step > 0 ? 0...extent : -1...extent - 1
    func place(_ stated: Int) -> Int {
      min(edges.upperBound, max(edges.lowerBound, stated < 0 ? max(stated, -extent - 1) + extent : stated))
    }
    let clamped = min(max(step, -extent - 1), extent + 1)
    let indices = Array(stride(from: place(start), to: place(end), by: clamped))
    if case .integers(let integers) = x, integers.extents.count == 1 {
      return .integers(
        IntegerTensor(integers.element, extents: [indices.count], indices.map { integers.elements[$0] }))
    }
    return try picked(x, axis, indices)
  }

  /// A start or end as it counts from the beginning, moved into 0...extent.
  private func bound(
    _ stated: Dimension, _ extent: Dimension, isStart: Bool
  ) throws(LoweringError) -> Dimension {
    // The ends of the integers stand for the ends of the axis.
    if let number = stated.bound {
      if number >= 1 << 40 { return extent }
      if number <= -(1 << 40) { return 0 }
    }
    let isNegative = stated.constant.map { $0 < 0 } ?? false
    let position = isNegative ? extent + stated : stated
    if (Dimension(0) - position).isKnownNonNegative { return 0 }
    if position == extent || (position - extent).isKnownNonNegative { return extent }
    guard position.isKnownNonNegative, (extent - position).isKnownNonNegative else {
      // A start behind the end of an open extent gives a count below 0 once the extent has a value.
      if isStart, position.isKnownNonNegative { return position }
      throw undecided("whether \(position) lies within \(extent)")
    }
    return position
  }
}
