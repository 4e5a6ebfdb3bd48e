import Graph
import Kernels
import Tensors

extension Planner {
  func makeConvolution(_ node: Node) -> Bool {
    guard let op = node.op as? Convolution else { return false }
    return emitConvolution(node, op.windows, groups: op.groups)
  }

  /// A convolution with channels first: the weights times the windows, which are gathered into panels a few at a
  /// time, so that they stay in the cache; or plane by plane where each output channel reads one input channel.
  func emitConvolution(_ node: Node, _ windows: Windows, groups: Int) -> Bool {
    let (x, weight, y) = (shape(node.operands[0]), shape(node.operands[1]), shape(node.result))
    guard node.operands.allSatisfy({ graph.type(of: $0).element == .float32 }), weight.elementCount > 0,
      y.elementCount > 0
    else { return false }
    let map = MapWindows(
      input: Array(x.extents[2...]), kernel: Array(weight.extents[2...]), strides: windows.strides,
      dilations: windows.dilations, before: windows.before, output: Array(y.extents[2...]))
    if weight[1] == 1, weight[0] / groups <= 2, x.rank <= 4, let padded = map.paddedCount {
      emitPlanes(node, map, padded: padded)
      return true
    }
    return emitProduct(node, map, groups: groups)
  }

  /// Floats of windows that a task gathers at a time: what a second-level cache holds beside the weights.
  private static let gatheredLimit = 1 << 16
  /// Rows of weights from which several tasks may gather the same windows.
  private static let leastRows = 64

  private func emitProduct(_ node: Node, _ map: MapWindows, groups: Int) -> Bool {
    let (weight, images) = (shape(node.operands[1]), shape(node.result)[0])
    let (c, o) = (weight[1], weight[0] / groups)
    let (depth, positions, width) = (c * map.taps, map.positions, kernels.panelWidth)
    let panels = (positions + width - 1) / width
    let (line, overflow) = depth.multipliedReportingOverflow(by: width * MemoryLayout<Float>.stride)
    guard !overflow, line <= 1 << 40 else { return false }
    let chunk = max(1, min(panels, Planner.gatheredLimit / (depth * width)))
    let chunks = (panels + chunk - 1) / chunk
    let (wanted, each) = (4 * pool.count, images * groups * chunks)
    let blocks = max(1, min((wanted + each - 1) / each, o / Planner.leastRows))
    let rows = (o + blocks - 1) / blocks
    let gathered = chunk * depth * width
    let (kernels, pool) = (kernels, pool)
    let label = node.op is Conv2d ? "conv2d" : "convolution"
    let operations = 2 &* images &* groups &* o &* positions &* depth
    emit(
      label, reads: node.operands, result: node.result, scratch: pool.count * gathered * 4, operations: operations
    ) { places in
      let (inputs, output) = (node.operands.map(places.location), places.location(node.result))
      let scratch = places.scratch
      return { frame in
        let (x, w, y) = (frame.floats(inputs[0]), frame.floats(inputs[1]), frame.write(output))
        let bias = inputs.count == 3 ? frame.floats(inputs[2]) : nil
        let memory = frame.write(scratch)
        pool.forEach(each * blocks) { task, slot in
          let (block, rest) = (task % blocks, task / blocks)
          let (first, map0) = (rest % chunks * chunk, rest / chunks)
          let (group, last) = (map0 % groups, min(first + chunk, panels))
          let channels = block * rows..<min((block + 1) * rows, o)
          guard !channels.isEmpty else { return }
          let windows = memory + slot * gathered
          map.panels(
            windows, x + map0 * c * map.inputCount, channels: c, width: width, range: first..<last)
          let columns = min(last * width, positions) - first * width
          let target = y + (map0 * o + channels.lowerBound) * positions + first * width
          if let bias {
            for channel in channels {
              (target + (channel - channels.lowerBound) * positions)
                .update(repeating: bias[group * o + channel], count: columns)
            }
          }
          kernels.matmul(
            OutputRows(target, stride: positions),
            InputRows(w + (group * o + channels.lowerBound) * depth, stride: depth), rows: channels.count,
            PackedPanels(UnsafePointer(windows), n: columns, k: depth),
            epilogue: bias == nil
              ? Epilogue() : Epilogue(residual: UnsafePointer(target), residualStride: positions))
        }
      }
    }
    return true
  }

  private func emitPlanes(_ node: Node, _ map: MapWindows, padded: Int) {
    let (c, o, images) = (shape(node.operands[0])[1], shape(node.operands[1])[0], shape(node.result)[0])
    let (taps, positions, each) = (map.taps, map.positions, o / c)
    let (kernels, pool) = (kernels, pool)
    emit("convolution", reads: node.operands, result: node.result, scratch: pool.count * padded * 4) { places in
      let (inputs, output) = (node.operands.map(places.location), places.location(node.result))
      let scratch = places.scratch
      return { frame in
        let (x, w, y) = (frame.floats(inputs[0]), frame.floats(inputs[1]), frame.write(output))
        let bias = inputs.count == 3 ? frame.floats(inputs[2]) : nil
        let memory = frame.write(scratch)
        pool.forEach(images * c) { plane, slot in
          let window = memory + slot * padded
          map.pad(window, x + plane * map.inputCount, fill: 0)
          for j in 0..<each {
            let channel = plane % c * each + j
            kernels.windowSum(
              y + (plane * each + j) * positions, UnsafePointer(window), weights: w + channel * taps,
              bias: bias?[channel] ?? 0, map)
          }
        }
      }
    }
  }
}
