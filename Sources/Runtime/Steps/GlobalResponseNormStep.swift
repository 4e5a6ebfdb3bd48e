import Graph
import Kernels
import Tensors

extension Planner {
  /// The squares' means tell each channel's norm; then one scale and one shift a channel do the rest.
  func makeGlobalResponseNorm(_ node: Node) -> Bool {
    let extents = shape(node.result)
    guard let op = node.op as? GlobalResponseNorm, graph.type(of: node.result).element == .float32,
      let c = extents.extents.last, c > 0
    else { return false }
    let rows = extents.count(1..<extents.rank - 1)
    let (kernels, pool, epsilon) = (kernels, pool, Float(op.epsilon))
    let scratch = (rows * c + c) * MemoryLayout<Float>.stride
    emit("globalResponseNorm", reads: node.operands, result: node.result, scratch: scratch) { places in
      let locations = node.operands.map(places.location)
      let (output, scratch) = (places.location(node.result), places.scratch)
      return { frame in
        let (gamma, beta) = (frame.floats(locations[1]), frame.floats(locations[2]))
        let scale = frame.write(scratch)
        let squares = scale + c
        for image in 0..<extents[0] {
          let x = frame.floats(locations[0]) + image * rows * c
          let y = frame.write(output) + image * rows * c
          pool.forEachChunk(of: rows * c) {
            kernels.multiply(squares + $0.lowerBound, x + $0.lowerBound, x + $0.lowerBound, $0.count)
          }
          kernels.columnMean(scale, squares, c, rows, c)
          var sum: Float = 0
          for channel in 0..<c {
            scale[channel] = (scale[channel] * Float(rows)).squareRoot()
            sum += scale[channel]
          }
          let share = 1 / (sum / Float(c) + epsilon)
          for channel in 0..<c { scale[channel] = 1 + gamma[channel] * (scale[channel] * share) }
          pool.forEachRows(rows, columns: c) {
            kernels.scaleShift(y + $0.lowerBound * c, x + $0.lowerBound * c, scale, beta, $0.count, c)
          }
        }
      }
    }
    return true
  }
}
