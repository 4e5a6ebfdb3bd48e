import Graph
import Kernels
import Tensors

extension Planner {
  /// Nothing to do where nothing is added; otherwise one copy for each row of the last axis.
  func makePad(_ node: Node) -> Bool {
    guard let op = node.op as? Pad, graph.type(of: node.result).element == .float32 else {
      return false
    }
    let (from, to) = (shape(node.operands[0]), shape(node.result))
    if from == to {
      alias(node.result, of: node.operands[0])
      return true
    }
    guard from.elementCount > 0, let width = from.extents.last, let wide = to.extents.last else { return false }
    let rows = to.elementCount / wide
    let (pool, value, start) = (pool, Float(op.value), op.before[from.rank - 1])
    emit("pad", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in
        let (x, y) = (frame.floats(input), frame.write(output))
        pool.forEachRows(rows, columns: wide) { range in
          for row in range {
            let target = y + row * wide
            target.update(repeating: value, count: wide)
            var (rest, source, stride) = (row, 0, 1)
            var isInside = true
            for axis in (0..<from.rank - 1).reversed() {
              let position = rest % to[axis] - op.before[axis]
              isInside = isInside && (0..<from[axis]).contains(position)
              source += position * stride
              stride *= from[axis]
              rest /= to[axis]
            }
            if isInside { (target + start).update(from: x + source * width, count: width) }
          }
        }
      }
    }
    return true
  }
}
