import Graph
import Kernels
import Tensors

extension Planner {
  /// A convolution whose map only a transpose to channels last reads, of the map or of its rows one after the other as
  /// tokens, is done by the transpose.
  func defersConv2d(_ node: Node) -> Bool {
    guard node.op is Conv2d, isConstant(node.operands[1]), convolutionScratch(node) != nil,
      let reader = soleReader(of: node.result)
    else { return false }
    if flattens(reader, node), let reader = soleReader(of: reader.result) {
      // Where windows overlap at every pixel, bands take less memory.
      return (reader.op as? Transpose)?.permutation == [0, 2, 1] && (node.op as? Conv2d)?.strides != [1, 1]
    }
    return (reader.op as? Transpose)?.permutation == [0, 2, 3, 1]
  }

  /// Whether a node only joins the rows of a convolution's map [N, C, H, W] to [N, C, H·W].
  private func flattens(_ node: Node, _ convolution: Node) -> Bool {
    let (map, flat) = (shape(convolution.result), shape(node.result))
    return node.op is Reshape && flat.extents == [map[0], map[1], map.count(2..<4)]
  }

  /// Bytes for the windows of one image; nil where they are none or too many to count.
  private func convolutionScratch(_ node: Node) -> Int? {
    let (kernel, y) = (shape(node.operands[1]), shape(node.result))
    guard kernel.elementCount > 0 else { return nil }
    let line = kernel.count(1..<4) * MemoryLayout<Float>.stride
    let (bytes, overflow) = (y[2] * y[3]).multipliedReportingOverflow(by: line)
    return overflow ? nil : bytes
  }

  /// The deferred convolution that a transpose brings to channels last, of its map or of that map's joined rows.
  func deferredConv2d(_ value: ValueID) -> Node? {
    let map = graph.producer(of: value, as: Reshape.self)?.node.operands[0] ?? value
    return isDeferred(map) ? graph.producer(of: map, as: Conv2d.self)?.node : nil
  }

  func makeConv2d(_ node: Node) -> Bool {
    guard let op = node.op as? Conv2d else { return false }
    if let made = makeMapConvolution(node) { return made }
    let windows = Windows(strides: op.strides, dilations: [1, 1], before: op.padding, after: op.padding)
    return emitConvolution(node, windows, groups: 1)
  }

  /// A convolution as a product of image windows [positions, c·p·q] with the kernels, which gives channels last.
  func emitConv2dChannelsLast(_ node: Node, result: ValueID) -> Bool {
    guard let op = node.op as? Conv2d, let weight = weight(node.operands[1]), weight.type == .float32,
      let scratch = convolutionScratch(node)
    else { return false }
    let (x, y) = (shape(node.operands[0]), shape(node.result))
    let (o, depth) = (weight.shape[0], weight.shape.count(1..<4))
    let positions = y[2] * y[3]
    let packed = weights.matrix(weight, n: o, k: depth, precision == .bfloat16 ? .bfloat16 : .float32)
    let own = packed.scratchByteCount(rows: positions, threads: pool.count)
    let (total, overflow) = scratch.addingReportingOverflow(own)
    guard !overflow else { return false }
    let window = Window(
      kernel: (weight.shape[2], weight.shape[3]), stride: (op.strides[0], op.strides[1]),
      padding: (op.padding[0], op.padding[1]), output: (y[2], y[3]))
    let bias = node.operands.count == 3 ? node.operands[2] : nil
    let (kernels, pool) = (kernels, pool)
    let reads = [node.operands[0]] + [bias].compactMap { $0 }
    let operations = 2 &* x[0] &* positions &* o &* depth
    emit("conv2d+transpose", reads: reads, result: result, scratch: total, operations: operations) { places in
      let (input, output, scratch) = (places.location(node.operands[0]), places.location(result), places.scratch)
      let bias = bias.map(places.location)
      return { frame in
        let windows = frame.write(scratch)
        let spare = frame.raw(scratch) + (total - own)
        for image in 0..<x[0] {
          let product = frame.write(output) + image * o * positions
          let source = frame.floats(input) + image * x[1] * x[2] * x[3]
          pool.forEachRows(positions, columns: depth) { range in
            Movement.im2col(
              windows + range.lowerBound * depth, source, channels: x[1], h: x[2], w: x[3], window: window,
              positions: range)
          }
          kernels.matmul(
            OutputRows(product, stride: o), InputRows(UnsafePointer(windows), stride: depth), rows: positions,
            rowsPerItem: max(positions, 1), packed, epilogue: Epilogue(bias: bias.map(frame.floats)), scratch: spare,
            pool: pool)
        }
      }
    }
    return true
  }
}
