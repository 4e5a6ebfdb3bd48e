import Graph
import Kernels
import Tensors

extension Planner {
  /// A convolution as a product of image windows [positions, c·p·q] with the kernels, then channels first.
  func makeConv2d(_ node: Node) -> Bool {
    guard let op = node.op as? Conv2d, let weight = weight(node.operands[1]), weight.type == .float32, weight.shape.elementCount > 0
    else { return false }
    let (x, y) = (shape(node.operands[0]), shape(node.result))
    let (o, depth) = (weight.shape[0], weight.shape.count(1..<4))
    let packed = weights.matrix(weight, n: o, k: depth)
    let positions = y[2] * y[3]
    let (scratch, overflow) = positions.multipliedReportingOverflow(by: (depth + o) * MemoryLayout<Float>.stride)
    guard !overflow else { return false }
    let window = Window(
      kernel: (weight.shape[2], weight.shape[3]), stride: (op.strides[0], op.strides[1]),
      padding: (op.padding[0], op.padding[1]), output: (y[2], y[3]))
    let bias = node.operands.count == 3 ? node.operands[2] : nil
    let (kernels, pool) = (kernels, pool)
    let reads = [node.operands[0]] + [bias].compactMap { $0 }
    emit("conv2d", reads: reads, result: node.result, scratch: scratch) { places in
      let (input, output, scratch) = (places.location(node.operands[0]), places.location(node.result), places.scratch)
      let bias = bias.map(places.location)
      return { frame in
        let windows = frame.write(scratch)
        let product = windows + positions * depth
        for image in 0..<x[0] {
          let source = frame.floats(input) + image * x[1] * x[2] * x[3]
          pool.forEachRows(positions, columns: depth) { range in
            Movement.im2col(
              windows + range.lowerBound * depth, source, channels: x[1], h: x[2], w: x[3], window: window,
              positions: range)
          }
          kernels.matmul(
            OutputRows(product, stride: o), InputRows(UnsafePointer(windows), stride: depth), rows: positions,
            rowsPerItem: max(positions, 1), packed, epilogue: Epilogue(bias: bias.map(frame.floats)), pool: pool)
          permute(product, [positions, o], [1, 0], into: frame.write(output) + image * o * positions)
        }
      }
    }
    return true
  }
}
