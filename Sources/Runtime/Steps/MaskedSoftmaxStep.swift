import Graph
import Kernels
import Tensors

extension Planner {
  func makeMaskedSoftmax(_ node: Node) -> Bool {
    let (x, bias) = (shape(node.operands[0]), shape(node.operands[1]))
    guard node.op is MaskedSoftmax, node.operands.allSatisfy({ graph.type(of: $0).element == .float32 }),
      let m = x.extents.last, m > 0
    else { return false }
    let strides = broadcastStrides(bias.extents, in: x.extents)
    let isRow = strides[x.rank - 1] == 1 || m == 1
    let (leading, rows) = (Array(x.extents.dropLast()), x.elementCount / m)
    let (kernels, pool) = (kernels, pool)
    emit("maskedSoftmax", reads: node.operands, result: node.result) { places in
      let (first, second) = (places.location(node.operands[0]), places.location(node.operands[1]))
      let output = places.location(node.result)
      return { frame in
        let (x, bias, y) = (frame.floats(first), frame.floats(second), frame.write(output))
        pool.forEachRows(rows, columns: m) { range in
          for row in range {
            var (rest, start) = (row, 0)
            for axis in leading.indices.reversed() {
              start += rest % leading[axis] * strides[axis]
              rest /= leading[axis]
            }
            let (own, target) = (bias + start, y + row * m)
            let isHidden = (0..<(isRow ? m : 1)).allSatisfy { own[$0] == -.infinity }
            if isHidden {
              target.update(repeating: 0, count: m)
            } else if isRow {
              kernels.add(target, x + row * m, own, m)
              kernels.softmax(target, UnsafePointer(target), 1, m)
            } else {
              kernels.softmax(target, x + row * m, 1, m)
            }
          }
        }
      }
    }
    return true
  }
}
