import Graph
import Kernels
import Tensors

extension Planner {
  /// Means of the parts of a plane, plane by plane.
  func makeAdaptivePool(_ node: Node) -> Bool {
    guard let op = node.op as? AdaptivePool, op.sizes.count == 2, graph.type(of: node.result).element == .float32
    else { return false }
    let (x, y) = (shape(node.operands[0]), shape(node.result))
    guard x.elementCount > 0, y.elementCount > 0 else { return false }
    let rows = (0..<y[2]).map { AdaptivePool.part($0, of: y[2], extent: x[2]) }
    let columns = (0..<y[3]).map { AdaptivePool.part($0, of: y[3], extent: x[3]) }
    let pool = pool
    emit("adaptivePool", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in
        let (source, target) = (frame.floats(input), frame.write(output))
        pool.forEach(x.count(0..<2)) { (plane: Int) in
          let map = source + plane * x[2] * x[3]
          var position = target + plane * y[2] * y[3]
          for row in rows {
            for column in columns {
              // In Double, as a part may hold many elements.
              var sum = 0.0
              for i in row { for j in column { sum += Double(map[i * x[3] + j]) } }
              position.pointee = Float(sum / Double(row.count * column.count))
              position += 1
            }
          }
        }
      }
    }
    return true
  }

  /// One factor and one summand a channel, plane by plane.
  func makeBatchNorm(_ node: Node) -> Bool {
    if let made = makeAfterConvolution(node) { return made }
    let extents = shape(node.result)
    guard let op = node.op as? BatchNorm, graph.type(of: node.result).element == .float32, extents.elementCount > 0
    else { return false }
    let (c, plane, epsilon) = (extents[1], extents.count(2..<extents.rank), op.epsilon)
    let pool = pool
    emit("batchNorm", reads: node.operands, result: node.result) { places in
      let (inputs, output) = (node.operands.map(places.location), places.location(node.result))
      return { frame in
        let (x, y) = (frame.floats(inputs[0]), frame.write(output))
        let norm = ChannelNorm(inputs.dropFirst().map { frame.floats($0) }, count: c, epsilon: epsilon)
        pool.forEach(extents[0] * c) { (row: Int) in
          let (scale, summand) = (norm.scales[row % c], norm.summands[row % c])
          let (source, target) = (x + row * plane, y + row * plane)
          for i in 0..<plane { target[i] = source[i] * scale + summand }
        }
      }
    }
    return true
  }
}
