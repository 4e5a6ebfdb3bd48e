import Graph
import Kernels
import Tensors

extension Planner {
  /// Reductions of float32 numbers over neighbouring axes. Sums are taken in double precision.
  func makeReduce(_ node: Node) -> Bool {
    guard let op = node.op as? Reduce, graph.type(of: node.result).element == .float32, let first = op.axes.first,
      let last = op.axes.last, op.axes.count == last - first + 1
    else { return false }
    let shape = shape(node.operands[0])
    let (count, inner) = (shape.count(first..<last + 1), shape.count(last + 1..<shape.rank))
    let outer = shape.count(0..<first)
    let (function, pool) = (op.function, pool)
    emit("reduce", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in
        let (y, x) = (frame.write(output), frame.floats(input))
        pool.forEachRows(outer, columns: count * inner) { blocks in
          for block in blocks {
            reduce(function, y + block * inner, x + block * count * inner, count, inner)
          }
        }
      }
    }
    return true
  }
}

/// Columns that are reduced together.
private let width = 64

/// y[c] of `count` rows of `inner` columns each.
private func reduce(
  _ function: Reduce.Function, _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ count: Int, _ inner: Int
) {
  switch function {
  case .sum: reduce(y, x, count, inner, from: 0) { $0 + $1 }
  case .product: reduce(y, x, count, inner, from: 1) { $0 * $1 }
  // A comparison with what is not a number fails, so that it is kept.
  case .maximum: reduce(y, x, count, inner, from: -.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
  case .minimum: reduce(y, x, count, inner, from: .infinity) { $1 < $0 || $1.isNaN ? $1 : $0 }
  }
}

@inline(__always)
private func reduce(
  _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ count: Int, _ inner: Int, from start: Double,
  _ combine: (Double, Double) -> Double
) {
  if inner == 1 {
    var value = start
    for row in 0..<count { value = combine(value, Double(x[row])) }
    y[0] = Float(value)
    return
  }
  withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { values in
    for first in stride(from: 0, to: inner, by: width) {
      let columns = min(width, inner - first)
      for column in 0..<columns { values[column] = start }
      for row in 0..<count {
        let line = x + row * inner + first
        for column in 0..<columns { values[column] = combine(values[column], Double(line[column])) }
      }
      for column in 0..<columns { y[first + column] = Float(values[column]) }
    }
  }
}
