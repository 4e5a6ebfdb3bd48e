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
    guard let op = node.op as? Binary, isFloat(node.operands) else { return false }
    if op.function == .add, let fused = makeLinearSum(node) { return fused }
    guard op.function == .add || op.function == .multiply else { return false }
    // Both functions commute bit for bit, so the larger operand may stand first.
    let large = shape(node.operands[0]) == shape(node.result) ? 0 : 1
    let (a, b) = (node.operands[large], node.operands[1 - large])
    guard shape(a) == shape(node.result) else { return false }
    let kernel = op.function == .add ? kernels.add : kernels.multiply
    if let count = repeated(b, in: node.result) {
      emitRepeated(op.function.rawValue, a, b, node.result, count, kernel)
      return true
    }
    return op.function == .multiply && makeRowScale(a, b, node.result)
  }

  private func makeLinearSum(_ node: Node) -> Bool? {
    for index in 0..<2 {
      if let linear = deferredLinear(node.operands[index]) {
        return emitLinear(linear, result: node.result, label: "linear+add", residual: node.operands[1 - index])
      }
    }
    return nil
  }

  /// The element count of `value`, where it is repeated whole to fill `result`.
  private func repeated(_ value: ValueID, in result: ValueID) -> Int? {
    let (own, whole) = (shape(value), shape(result))
    let trimmed = own.extents.drop { $0 == 1 }
    guard trimmed.count <= whole.rank, Array(trimmed) == Array(whole.extents.suffix(trimmed.count)) else { return nil }
    return own.elementCount
  }

  private func emitRepeated(
    _ label: String, _ a: ValueID, _ b: ValueID, _ result: ValueID, _ count: Int, _ kernel: @escaping KernelSet.Binary
  ) {
    let total = shape(result).elementCount
    let pool = pool
    // A scalar is spread over a row so that the kernel has something to run along.
    let spread = count == 1 && total > 1 ? shape(result).extents.last ?? 1 : count
    emit(label, reads: [a, b], result: result, scratch: count == 1 ? spread * 4 : 0) { places in
      let (left, right, output) = (places.location(a), places.location(b), places.location(result))
      let scratch = places.scratch
      return { frame in
        let (y, x) = (frame.write(output), frame.floats(left))
        var other = frame.floats(right)
        if count == 1 {
          let row = frame.write(scratch)
          for index in 0..<spread { row[index] = other[0] }
          other = UnsafePointer(row)
        }
        if spread == total {
          pool.forEachChunk(of: total) { [other] in
            kernel(y + $0.lowerBound, x + $0.lowerBound, other + $0.lowerBound, $0.count)
          }
        } else {
          pool.forEachRows(spread == 0 ? 0 : total / spread, columns: spread) { [other] range in
            for row in range { kernel(y + row * spread, x + row * spread, other, spread) }
          }
        }
      }
    }
  }

  /// x [..., c] times one number a row.
  private func makeRowScale(_ x: ValueID, _ scale: ValueID, _ result: ValueID) -> Bool {
    let (extents, own) = (shape(result), shape(scale))
    guard let c = extents.extents.last, own.rank == extents.rank,
      own.extents == Array(extents.extents.dropLast()) + [1], c > 0
    else { return false }
    let rows = extents.elementCount / c
    let (kernel, pool) = (kernels.scaleRows, pool)
    emit("multiply", reads: [x, scale], result: result) { places in
      let (input, weights, output) = (places.location(x), places.location(scale), places.location(result))
      return { frame in
        let (y, x, weight) = (frame.write(output), frame.floats(input), frame.floats(weights))
        pool.forEachRows(rows, columns: c) {
          kernel(y + $0.lowerBound * c, x + $0.lowerBound * c, weight + $0.lowerBound, 1, $0.count, c, 0)
        }
      }
    }
    return true
  }
}
