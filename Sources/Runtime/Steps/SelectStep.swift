import Graph
import Kernels
import Tensors

extension Planner {
  /// A choice between float32 numbers, a row of the last axis at a time.
  func makeSelect(_ node: Node) -> Bool {
    let result = shape(node.result)
    guard graph.type(of: node.result).element == .float32, let columns = result.extents.last, columns > 0 else {
      return false
    }
    let rows = result.elementCount / columns
    let strides = node.operands.map { broadcastStrides(shape($0).extents, in: result.extents) }
    let starts = strides.map { RowStarts(result.extents, $0) }
    let steps = strides.map { $0.last ?? 0 }
    let pool = pool
    emit("select", reads: node.operands, result: node.result) { places in
      let locations = node.operands.map(places.location)
      let output = places.location(node.result)
      return { frame in
        let condition = frame.read(locations[0]).assumingMemoryBound(to: UInt8.self)
        let (a, b, y) = (frame.floats(locations[1]), frame.floats(locations[2]), frame.write(output))
        pool.forEachRows(rows, columns: columns) { range in
          for row in range {
            let c = condition + starts[0].start(row)
            let (first, second) = (a + starts[1].start(row), b + starts[2].start(row))
            let line = y + row * columns
            for i in 0..<columns {
              line[i] = c[i &* steps[0]] != 0 ? first[i &* steps[1]] : second[i &* steps[2]]
            }
          }
        }
      }
    }
    return true
  }
}

/// Where the rows of a result's last axis start in an operand.
private struct RowStarts {
  private let extents: [Int]
  private let strides: [Int]

  init(_ extents: [Int], _ strides: [Int]) {
    self.extents = extents.dropLast()
    self.strides = strides.dropLast()
  }

  func start(_ row: Int) -> Int {
    var (rest, start) = (row, 0)
    for axis in extents.indices.reversed() {
      start += rest % extents[axis] * strides[axis]
      rest /= extents[axis]
    }
    return start
  }
}
