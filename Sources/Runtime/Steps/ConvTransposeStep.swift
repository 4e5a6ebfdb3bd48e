import Graph
import Kernels
import Tensors

extension Planner {
  /// The weights, turned round, times the map: what each element adds to every tap of its window. Then the windows
  /// are added up, plane by plane. A task has its output channels to itself, so sums have one order.
  func makeConvTranspose(_ node: Node) -> Bool {
    guard let op = node.op as? ConvTranspose, node.operands.allSatisfy({ graph.type(of: $0).element == .float32 }),
      let weight = constant(node.operands[1])
    else { return false }
    let (x, w, y) = (shape(node.operands[0]), shape(node.operands[1]), shape(node.result))
    guard x.elementCount > 0, w.elementCount > 0, y.elementCount > 0 else { return false }
    let overlay = WindowOverlay(op.windows, map: x.extents, kernel: w.extents, result: y.extents)
    let (c, each, depth, taps) = (x[1], w[1], x[1] / op.groups, overlay.taps)
    let (length, plane) = (overlay.length, overlay.plane)
    let turned = turned(weight, groups: op.groups, each: each, taps: taps)
    let block = max(1, min(each, Planner.columnLimit / (taps * length)))
    let blocks = (each + block - 1) / block
    let packed = kernels.packedCount(n: length, k: depth)
    let (scratch, overflow) = (packed + block * taps * length).multipliedReportingOverflow(by: pool.count * 4)
    guard !overflow else { return false }
    let (kernels, pool, groups) = (kernels, pool, op.groups)
    emit("convTranspose", reads: node.operands, result: node.result, scratch: scratch) { places in
      let (inputs, output) = (node.operands.map(places.location), places.location(node.result))
      let memory = places.scratch
      return { frame in
        let (x, w, y) = (frame.floats(inputs[0]), frame.floats(.constant(turned)), frame.write(output))
        let bias = inputs.count == 3 ? frame.floats(inputs[2]) : nil
        let memory = frame.write(memory)
        pool.forEach(overlay.images * groups * blocks) { task, slot in
          let (first, part) = (task % blocks * block, task / blocks)
          let (group, count) = (part % groups, min(block, each - first))
          let panels = memory + slot * (packed + block * taps * length)
          let columns = panels + packed
          let source = x + (part / groups * c + group * depth) * length
          kernels.pack(panels, source, n: length, k: depth, columnStride: 1, depthStride: length, pool: nil)
          kernels.matmul(
            OutputRows(columns, stride: length),
            InputRows(w + (group * each + first) * taps * depth, stride: depth), rows: count * taps,
            PackedPanels(UnsafePointer(panels), n: length, k: depth))
          for channel in 0..<count {
            let target = y + (part * each + first + channel) * plane
            target.update(repeating: bias?[group * each + first + channel] ?? 0, count: plane)
            overlay.add(UnsafePointer(columns) + channel * taps * length, to: target)
          }
        }
      }
    }
    return true
  }

  /// Floats of products that a task holds: what a second-level cache has room for.
  private static let columnLimit = 1 << 17

  /// `[c, each, taps]` as `[groups, each, taps, c/groups]`.
  private func turned(_ weight: Tensor, groups: Int, each: Int, taps: Int) -> Tensor {
    let depth = weight.shape[0] / groups
    let values: [Float] = weight.scalars() ?? []
    var turned = [Float](repeating: 0, count: values.count)
    for group in 0..<groups {
      for i in 0..<depth {
        for row in 0..<each * taps {
          turned[(group * each * taps + row) * depth + i] = values[(group * depth + i) * each * taps + row]
        }
      }
    }
    return Tensor(turned, shape: [turned.count])
  }
}

/// Windows that lie over a result and are added up.
private struct WindowOverlay {
  let images: Int
  /// Extents of three spatial axes; those that a map lacks are 1.
  private let map: [Int]
  private let kernel: [Int]
  private let result: [Int]
  private let windows: Windows

  init(_ windows: Windows, map: [Int], kernel: [Int], result: [Int]) {
    let missing = [Int](repeating: 1, count: 5 - map.count)
    let none = missing.map { _ in 0 }
    images = map[0]
    self.map = missing + map[2...]
    self.kernel = missing + kernel[2...]
    self.result = missing + result[2...]
    self.windows = Windows(
      strides: missing + windows.strides, dilations: missing + windows.dilations, before: none + windows.before,
      after: none + windows.after)
  }

  var length: Int { map.reduce(1, *) }
  var plane: Int { result.reduce(1, *) }
  var taps: Int { kernel.reduce(1, *) }

  /// Adds `[taps, map]` to a plane of the result.
  func add(_ columns: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>) {
    var from = columns
    for tap in 0..<taps {
      let taps = [tap / (kernel[1] * kernel[2]), tap / kernel[2] % kernel[1], tap % kernel[2]]
      let first = taps.indices.map { taps[$0] * windows.dilations[$0] - windows.before[$0] }
      let (step, ranges) = (windows.strides, (0..<3).map { inside($0, first[$0]) })
      for plane in ranges[0] {
        for row in ranges[1] {
          let source = from + (plane * map[1] + row) * map[2]
          let line = (first[0] + plane * step[0]) * result[1] + first[1] + row * step[1]
          let target = y + line * result[2]
          var place = first[2] + ranges[2].lowerBound * step[2]
          for column in ranges[2] {
            target[place] += source[column]
            place += step[2]
          }
        }
      }
      from += length
    }
  }

  /// The windows of an axis whose tap, `first` for the first window, lies within the result.
  private func inside(_ axis: Int, _ first: Int) -> Range<Int> {
    let step = windows.strides[axis]
    let low = first < 0 ? (-first + step - 1) / step : 0
    let end = result[axis] - first
    let high = end > 0 ? min(map[axis], (end + step - 1) / step) : 0
    return low < high ? low..<high : 0..<0
  }
}
