import Graph
import Kernels
import Tensors

extension Planner {
  private func isFloat(_ values: [ValueID]) -> Bool { values.allSatisfy { graph.type(of: $0).element == .float32 } }

  func makeLayerNorm(_ node: Node) -> Bool {
    guard let op = node.op as? LayerNorm, isFloat(node.operands), let c = shape(node.result).extents.last else {
      return false
    }
    let rows = c == 0 ? 0 : shape(node.result).elementCount / c
    let (kernel, pool, epsilon) = (kernels.layerNorm, pool, Float(op.epsilon))
    emit("layerNorm", reads: node.operands, result: node.result) { places in
      let locations = node.operands.map(places.location)
      let output = places.location(node.result)
      return { frame in
        let (x, gamma, beta) = (frame.floats(locations[0]), frame.floats(locations[1]), frame.floats(locations[2]))
        let y = frame.write(output)
        pool.forEachRows(rows, columns: c) { range in
          kernel(y + range.lowerBound * c, x + range.lowerBound * c, gamma, beta, range.count, c, epsilon)
        }
      }
    }
    return true
  }

  func makeSoftmax(_ node: Node) -> Bool {
    guard isFloat(node.operands), let c = shape(node.result).extents.last, c > 0 else { return false }
    let rows = shape(node.result).elementCount / c
    let (kernel, pool) = (kernels.softmax, pool)
    emit("softmax", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in
        let (y, x) = (frame.write(output), frame.floats(input))
        pool.forEachRows(rows, columns: c) { kernel(y + $0.lowerBound * c, x + $0.lowerBound * c, $0.count, c) }
      }
    }
    return true
  }

  /// The mean over the rows of each image.
  func makeMean(_ node: Node) -> Bool {
    let extents = shape(node.operands[0])
    guard let op = node.op as? Mean, isFloat(node.operands), op.axis == extents.rank - 2 else { return false }
    let (rows, c) = (extents[op.axis], extents[op.axis + 1])
    let blocks = extents.count(0..<op.axis)
    let kernel = kernels.columnMean
    emit("mean", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in
        let (y, x) = (frame.write(output), frame.floats(input))
        for block in 0..<blocks { kernel(y + block * c, x + block * rows * c, c, rows, c) }
      }
    }
    return true
  }

  func makeBinary(_ node: Node) -> Bool {
    guard let op = node.op as? Binary, isFloat(node.operands + [node.result]) else { return false }
    if op.function == .add, let fused = makeLinearSum(node) ?? makeWindowMergeSum(node) ?? makeDepthwiseSum(node) {
      return fused
    }
    guard let expression = rowExpression(node) else { return emitBroadcast(op.function, node) }
    emitRows(expression, result: node.result)
    return true
  }

  private func makeLinearSum(_ node: Node) -> Bool? {
    for index in 0..<2 {
      if let linear = deferredLinear(node.operands[index]) {
        return emitLinear(linear, result: node.result, label: "linear+add", residual: node.operands[1 - index])
      }
    }
    return nil
  }

  private func makeDepthwiseSum(_ node: Node) -> Bool? {
    deferredDepthwise(node).map { emitDepthwise($0, result: node.result, addInput: true) }
  }
}
