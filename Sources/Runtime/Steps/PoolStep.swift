import Graph
import Kernels
import Tensors

extension Planner {
  /// Maxima and means over one or two spatial axes, plane by plane.
  func makePool(_ node: Node) -> Bool {
    guard let op = node.op as? Pool else { return false }
    let (x, y) = (shape(node.operands[0]), shape(node.result))
    guard graph.type(of: node.operands[0]).element == .float32, x.rank <= 4, y.elementCount > 0 else { return false }
    let map = MapWindows(
      input: Array(x.extents[2...]), kernel: op.kernel, strides: op.windows.strides,
      dilations: op.windows.dilations, before: op.windows.before, output: Array(y.extents[2...]))
    guard let padded = map.paddedCount, map.taps <= 1 << 20 else { return false }
    let factors: Tensor?
    switch op.function {
    case .max: factors = nil
    case .average, .averageWithPadding: factors = reciprocalCounts(op, Array(x.extents[2...]), Array(y.extents[2...]))
    case .indexOfMax, .columnMajorIndexOfMax, .norm: return false
    }
    let ones = Tensor([Float](repeating: 1, count: map.taps), shape: [map.taps])
    let (planes, kernels, pool) = (x.count(0..<2), kernels, pool)
    emit("pool", reads: node.operands, result: node.result, scratch: pool.count * padded * 4) { places in
      let (input, output, scratch) = (
        places.location(node.operands[0]), places.location(node.result), places.scratch
      )
      return { frame in
        let (x, y, memory) = (frame.floats(input), frame.write(output), frame.write(scratch))
        let weights = frame.floats(.constant(ones))
        let factors = factors.map { frame.floats(.constant($0)) }
        pool.forEach(planes) { plane, slot in
          let window = memory + slot * padded
          map.pad(window, x + plane * map.inputCount, fill: factors == nil ? -.infinity : 0)
          let target = y + plane * map.positions
          if let factors {
            kernels.windowSum(target, UnsafePointer(window), weights: weights, bias: 0, map)
            kernels.multiply(target, UnsafePointer(target), factors, map.positions)
          } else {
            kernels.windowMax(target, UnsafePointer(window), map)
          }
        }
      }
    }
    return true
  }

  /// One over the number of elements that each window counts.
  private func reciprocalCounts(_ op: Pool, _ input: [Int], _ output: [Int]) -> Tensor {
    let counts = output.indices.map { axis in
      let countsPadding = op.function == .averageWithPadding
      let low = countsPadding ? -op.windows.before[axis] : 0
      let high = input[axis] + (countsPadding ? op.windows.after[axis] : 0)
      return (0..<output[axis]).map { window in
        let first = window * op.windows.strides[axis] - op.windows.before[axis]
        return (0..<op.kernel[axis]).count { (low..<high).contains(first + $0 * op.windows.dilations[axis]) }
      }
    }
    let all = counts.reduce([1]) { products, axis in products.flatMap { product in axis.map { product * $0 } } }
    return Tensor(all.map { 1 / Float($0) }, shape: Shape(output))
  }
}
