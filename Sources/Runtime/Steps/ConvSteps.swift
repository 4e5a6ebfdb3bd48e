import Graph
import Kernels
import Tensors

extension Planner {
  /// A convolution as a product of image windows [positions, c·p·q] with the kernels, then channels first.
  func makeConv2d(_ node: Node) -> Bool {
    guard let op = node.op as? Conv2d, let weight = weight(node.operands[1]), weight.type == .float32 else {
      return false
    }
    let (x, y) = (shape(node.operands[0]), shape(node.result))
    let (o, depth) = (weight.shape[0], weight.shape.count(1..<4))
    let packed = weights.matrix(weight, n: o, k: depth)
    let positions = y[2] * y[3]
    let window = Window(
      kernel: (weight.shape[2], weight.shape[3]), stride: (op.strides[0], op.strides[1]),
      padding: (op.padding[0], op.padding[1]), output: (y[2], y[3]))
    let bias = node.operands.count == 3 ? node.operands[2] : nil
    let (kernels, pool) = (kernels, pool)
    let reads = [node.operands[0]] + [bias].compactMap { $0 }
    emit("conv2d", reads: reads, result: node.result, scratch: positions * (depth + o) * 4) { places in
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
          transpose(product, [positions, o], [1, 0], into: frame.write(output) + image * o * positions)
        }
      }
    }
    return true
  }

  func makeTranspose(_ node: Node) -> Bool {
    guard let op = node.op as? Transpose, graph.type(of: node.result).element == .float32 else { return false }
    let extents = shape(node.operands[0])
    emit("transpose", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in transpose(frame.floats(input), extents, op.permutation, into: frame.write(output)) }
    }
    return true
  }

  func makeDepthwise(_ node: Node) -> Bool {
    guard graph.type(of: node.result).element == .float32 else { return false }
    let extents = shape(node.result)
    let (h, w, c) = (extents[1], extents[2], extents[3])
    let weight = node.operands[1]
    let k = shape(weight)[shape(weight).rank - 1]
    let taps = k * k
    let perImage = shape(weight).rank == 5
    let (kernel, pool) = (kernels.depthwise, pool)
    emit("depthwiseConv", reads: node.operands, result: node.result, scratch: taps * c * 4) { places in
      let locations = node.operands.map(places.location)
      let (output, scratch) = (places.location(node.result), places.scratch)
      return { frame in
        let taken = frame.write(scratch)
        let bias = locations.count == 3 ? frame.floats(locations[2]) : nil
        for image in 0..<extents[0] {
          let own = frame.floats(locations[1]) + (perImage ? image * c * taps : 0)
          Movement.repackDepthwise(taken, own, channels: c, taps: taps)
          let x = frame.floats(locations[0]) + image * h * w * c
          let y = frame.write(output) + image * h * w * c
          pool.forEachRows(h, columns: w * c) { kernel(y, x, taken, bias, h, w, c, k, $0.lowerBound, $0.upperBound, 0) }
        }
      }
    }
    return true
  }
}

private func transpose(
  _ source: UnsafePointer<Float>, _ shape: Shape, _ permutation: [Int], into target: UnsafeMutablePointer<Float>
) {
  let view = TensorView(
    type: .float32, shape: shape, bytes: UnsafeRawBufferPointer(start: source, count: shape.elementCount * 4))
  permuteAxes(view, permutation, into: UnsafeMutableRawBufferPointer(start: target, count: shape.elementCount * 4))
}
