import Graph
import Kernels
import Tensors

extension Planner {
  func makeTranspose(_ node: Node) -> Bool {
    guard let op = node.op as? Transpose, graph.type(of: node.result).element == .float32 else {
      return false
    }
    if let convolution = deferredConv2d(node.operands[0]) {
      return emitConv2dChannelsLast(convolution, result: node.result)
    }
    let extents = shape(node.operands[0])
    if let split = rotation(op.permutation) { return emitRotation(node, extents, split) }
    emit("transpose", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in permute(frame.floats(input), extents, op.permutation, into: frame.write(output)) }
    }
    return true
  }

  /// Where a permutation leaves the axes below `kept` and changes places of those below and from `middle` on; nil for
  /// others.
  private func rotation(_ permutation: [Int]) -> (kept: Int, middle: Int)? {
    let kept = zip(permutation, permutation.indices).prefix { $0 == $1 }.count
    guard kept < permutation.count else { return nil }
    let middle = permutation[kept]
    let rotated = Array(middle..<permutation.count) + Array(kept..<middle)
    return Array(permutation[kept...]) == rotated ? (kept, middle) : nil
  }

  /// Elements of a matrix that one task brings from columns to rows.
  private static let rotationChunk = 1 << 14

  /// Matrices, each with its columns as rows.
  private func emitRotation(_ node: Node, _ extents: Shape, _ split: (kept: Int, middle: Int)) -> Bool {
    let (rows, columns) = (extents.count(split.kept..<split.middle), extents.count(split.middle..<extents.rank))
    let matrices = extents.count(0..<split.kept)
    // Whole lines of the source.
    let block = max(1, Planner.rotationChunk / max(rows, 1) / 16) * 16
    let blocks = (columns + block - 1) / block
    let (transpose, pool) = (kernels.transpose, pool)
    emit("transpose", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in
        let (x, y) = (frame.floats(input), frame.write(output))
        pool.forEach(matrices * blocks) { (task: Int) in
          let (matrix, first) = (task / blocks, task % blocks * block)
          transpose(
            y + (matrix * columns + first) * rows, rows, x + matrix * rows * columns + first, columns, rows,
            min(block, columns - first))
        }
      }
    }
    return true
  }

  /// One copy for each index of the axes before `axis`, shared by the threads.
  func makeSlice(_ node: Node) -> Bool {
    guard let op = node.op as? Slice else { return false }
    let (from, to) = (shape(node.operands[0]), shape(node.result))
    let size = graph.type(of: node.result).element.size
    let inner = from.count(op.axis + 1..<from.rank) * size
    let (blocks, start) = (from.count(0..<op.axis), op.start * inner)
    let (stride, count) = (from[op.axis] * inner, to[op.axis] * inner)
    guard start + count <= stride, count >= Planner.leastCopy else { return false }
    let pool = pool
    emit("slice", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in
        let (source, target) = (frame.read(input), frame.raw(output))
        for block in 0..<blocks {
          pool.copy(target + block * count, source + block * stride + start, count: count)
        }
      }
    }
    return true
  }

  /// One copy for each operand and index of the axes before `axis`, shared by the threads.
  func makeConcat(_ node: Node) -> Bool {
    guard let op = node.op as? Concat else { return false }
    let to = shape(node.result)
    let inner = to.count(op.axis + 1..<to.rank) * graph.type(of: node.result).element.size
    let counts = node.operands.map { shape($0)[op.axis] * inner }
    let (blocks, stride) = (to.count(0..<op.axis), to[op.axis] * inner)
    guard stride >= Planner.leastCopy else { return false }
    let pool = pool
    emit("concat", reads: node.operands, result: node.result) { places in
      let (inputs, output) = (node.operands.map(places.location), places.location(node.result))
      return { frame in
        for block in 0..<blocks {
          var target = frame.raw(output) + block * stride
          for (input, count) in zip(inputs, counts) {
            pool.copy(target, frame.read(input) + block * count, count: count)
            target += count
          }
        }
      }
    }
    return true
  }

  /// Bytes of one copy that are worth a step of its own; what is smaller is left to the operator.
  private static let leastCopy = 1 << 12
}

extension ThreadPool {
  /// Bytes that one task copies.
  private static let run = 1 << 16

  fileprivate func copy(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, count: Int) {
    forEach((count + ThreadPool.run - 1) / ThreadPool.run) { index in
      let start = index * ThreadPool.run
      (target + start).copyMemory(from: source + start, byteCount: min(ThreadPool.run, count - start))
    }
  }
}

/// Writes a float32 array with its axes permuted.
func permute(
  _ source: UnsafePointer<Float>, _ shape: Shape, _ permutation: [Int],
  into target: UnsafeMutablePointer<Float>
) {
  let count = shape.elementCount * MemoryLayout<Float>.stride
  let view = TensorView(
    type: .float32, shape: shape, bytes: UnsafeRawBufferPointer(start: source, count: count))
  permuteAxes(view, permutation, into: UnsafeMutableRawBufferPointer(start: target, count: count))
}
