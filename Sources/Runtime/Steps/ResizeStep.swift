import Graph
import Kernels
import Tensors

extension Planner {
  /// Resamples one axis after the other; neighbours and weights are computed once, when the plan is made.
  func makeResize(_ node: Node) -> Bool {
    guard let op = node.op as? Resize, graph.type(of: node.result).element == .float32 else { return false }
    let (from, to) = (shape(node.operands[0]), shape(node.result))
    guard from.elementCount > 0, to.elementCount > 0 else { return false }
    var extents = from.extents
    var passes: [ResizePass] = []
    // What makes the map smaller comes first, what makes it larger last: passes between have the less to do. Of axes
    // alike, the last is resampled first: its elements are taken one by one, those of the others in rows.
    let interpolations = op.interpolations(from: from, to: to)
    let growths = from.extents.indices.map { Double(to[$0]) / Double(from[$0]) }
    let axes = growths.indices.sorted { growths[$0] == growths[$1] ? $0 > $1 : growths[$0] < growths[$1] }
    for axis in axes {
      guard let interpolation = interpolations[axis] else { continue }
      let (outer, inner) = (Shape(extents).count(0..<axis), Shape(extents).count(axis + 1..<extents.count))
      passes.append(ResizePass(interpolation, outer: outer, inner: inner))
      extents[axis] = interpolation.count
    }
    guard !passes.isEmpty else {
      alias(node.result, of: node.operands[0])
      return true
    }
    let between = passes.dropLast().map(\.resultCount)
    let (kernels, pool) = (kernels, pool)
    emit("resize", reads: node.operands, result: node.result, scratch: between.reduce(0, +) * 4) { places in
      let (input, output, scratch) = (
        places.location(node.operands[0]), places.location(node.result), places.scratch
      )
      return { frame in
        var source = frame.floats(input)
        var memory = between.isEmpty ? frame.write(output) : frame.write(scratch)
        for (index, pass) in passes.enumerated() {
          let target = index < between.count ? memory : frame.write(output)
          pass.run(target, source, kernels, pool)
          source = UnsafePointer(target)
          if index < between.count { memory += between[index] }
        }
      }
    }
    return true
  }
}

/// The middle axis of `[outer, length, inner]`, resampled.
private struct ResizePass {
  let interpolation: Interpolation
  let weights: [Float]
  let outer: Int
  let inner: Int

  init(_ interpolation: Interpolation, outer: Int, inner: Int) {
    self.interpolation = interpolation
    self.outer = outer
    self.inner = inner
    weights = interpolation.weights.map { Float($0) }
  }

  var resultCount: Int { outer * interpolation.count * inner }

  /// Inner extents that are worth a call of a kernel for every neighbour.
  private static let leastRow = 16

  func run(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ kernels: KernelSet, _ pool: ThreadPool
  ) {
    let (count, length, taps) = (interpolation.count, interpolation.length, interpolation.taps)
    weights.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress else { return }
      // The buffer outlives the loop, whose bodies only read it.
      nonisolated(unsafe) let shared = weights
      if inner == 1 {
        pool.forEachRows(outer, columns: count * taps) { rows in
          for row in rows { resample(y + row * count, x + row * length, shared) }
        }
        return
      }
      pool.forEachRows(outer * count, columns: inner * taps) { rows in
        for row in rows {
          let (block, index) = (row / count, row % count)
          let target = y + row * inner
          if interpolation.outside[index] {
            target.update(repeating: Float(interpolation.extrapolation), count: inner)
            continue
          }
          var accumulates: Int32 = 0
          if inner < ResizePass.leastRow { target.update(repeating: 0, count: inner) }
          for tap in index * taps..<(index + 1) * taps where shared[tap] != 0 {
            let source = x + (block * length + interpolation.positions[tap]) * inner
            if inner < ResizePass.leastRow {
              for offset in 0..<inner { target[offset] += shared[tap] * source[offset] }
            } else {
              _ = kernels.scaleRows(target, source, shared + tap, 0, 1, inner, accumulates)
            }
            accumulates = 1
          }
          if accumulates == 0, inner >= ResizePass.leastRow { target.update(repeating: 0, count: inner) }
        }
      }
    }
  }

  /// One row whose elements lie beside each other.
  private func resample(_ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>) {
    let (taps, outside) = (interpolation.taps, Float(interpolation.extrapolation))
    interpolation.positions.withUnsafeBufferPointer { positions in
      for index in 0..<interpolation.count {
        var sum: Float = interpolation.outside[index] ? outside : 0
        if !interpolation.outside[index] {
          for tap in index * taps..<(index + 1) * taps where weights[tap] != 0 {
            sum += weights[tap] * x[positions[tap]]
          }
        }
        y[index] = sum
      }
    }
  }
}

extension Resize {
  /// What `interpolations` take in memory: of an axis that becomes long more than the result itself.
  func tableBytes(from: Shape, to: Shape) -> Int {
    guard from.elementCount > 0, to.elementCount > 0 else { return 0 }
    let total = from.extents.indices.reduce(0.0) { total, axis in
      let scale = scales.isEmpty ? Double(to[axis]) / Double(from[axis]) : scales[axis]
      let narrowing = sampling.antialiases ? min(scale, 1) : 1
      let reach = ((sampling.filter == .cubic ? 2 : 1) / narrowing).rounded(.up)
      // A position and a weight each.
      return total + Double(to[axis]) * (sampling.filter == .nearest ? 1 : 2 * reach) * 16
    }
    return total < 0x1p62 ? Int(total) : .max
  }
}
