import Graph
import Kernels
import Tensors

extension Planner {
  /// A product of matrices that are made at run time: the right-hand sides are packed first.
  func makeMatMul(_ node: Node) -> Bool {
    let (a, b, y) = (shape(node.operands[0]), shape(node.operands[1]), shape(node.result))
    guard node.operands.allSatisfy({ graph.type(of: $0).element == .float32 }), y.elementCount > 0 else { return false }
    let (m, k, n) = (a[a.rank - 2], a[a.rank - 1], b[b.rank - 1])
    let stacks = y.count(0..<y.rank - 2)
    let left = stackPositions(a, in: y).map { $0 * m * k }
    let right = stackPositions(b, in: y)
    // Each right-hand side is packed once, however many left-hand sides meet it.
    let matrices = b.count(0..<b.rank - 2)
    let each = kernels.packedCount(n: n, k: k)
    let (scratch, overflow) = max(each, 1).multipliedReportingOverflow(by: matrices * 4)
    guard !overflow else { return false }
    let (kernels, pool) = (kernels, pool)
    let operations = 2 &* stacks &* m &* n &* k
    emit("matMul", reads: node.operands, result: node.result, scratch: scratch, operations: operations) { places in
      let (first, second) = (places.location(node.operands[0]), places.location(node.operands[1]))
      let (output, scratch) = (places.location(node.result), places.scratch)
      return { frame in
        let (a, b, y) = (frame.floats(first), frame.floats(second), frame.write(output))
        let panels = frame.write(scratch)
        func pack(_ matrix: Int, _ pool: ThreadPool?) {
          kernels.pack(
            panels + matrix * each, b + matrix * k * n, n: n, k: k, columnStride: 1, depthStride: n, pool: pool)
        }
        func multiply(_ stack: Int, _ pool: ThreadPool?) {
          kernels.matmul(
            OutputRows(y + stack * m * n, stride: n), InputRows(a + left[stack], stride: k), rows: m,
            PackedPanels(UnsafePointer(panels + right[stack] * each), n: n, k: k), pool: pool)
        }
        // Few large products are cut up, many small ones are handed out whole.
        if matrices < pool.count {
          for matrix in 0..<matrices { pack(matrix, pool) }
        } else {
          pool.forEach(matrices) { (matrix: Int) in pack(matrix, nil) }
        }
        if stacks < pool.count {
          for stack in 0..<stacks { multiply(stack, pool) }
        } else {
          pool.forEach(stacks) { (stack: Int) in multiply(stack, nil) }
        }
      }
    }
    return true
  }

  /// Which matrix of an operand each matrix of the result is made of.
  private func stackPositions(_ operand: Shape, in result: Shape) -> [Int] {
    let (own, whole) = (Array(operand.extents.dropLast(2)), Array(result.extents.dropLast(2)))
    let strides = broadcastStrides(own, in: whole)
    return whole.indices.reduce([0]) { positions, axis in
      positions.flatMap { position in (0..<whole[axis]).map { position + $0 * strides[axis] } }
    }
  }
}

/// For each axis of `whole` how far apart an operand's elements are: 0 where it is repeated.
func broadcastStrides(_ own: [Int], in whole: [Int]) -> [Int] {
  let strides = Shape(own).strides
  let missing = whole.count - own.count
  return whole.indices.map { $0 < missing || own[$0 - missing] == 1 ? 0 : strides[$0 - missing] }
}
