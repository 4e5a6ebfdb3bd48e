import Graph
import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Planner {
  func makeNormalize(_ node: Node) -> Bool {
    guard let op = node.op as? Normalize, graph.type(of: node.result).element == .float32,
      let c = shape(node.result).extents.last, c > 0
    else { return false }
    let rows = shape(node.result).elementCount / c
    let (kernels, epsilon, pool) = (kernels, Float(op.epsilon), pool)
    let run: @Sendable (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
    switch op.function {
    case .standard: run = { kernels.layerNorm($0, $1, nil, nil, $2, c, epsilon) }
    case .rootMeanSquare: run = { kernels.rmsNorm($0, $1, nil, $2, c, epsilon) }
    case .l1, .l2: return false
    }
    emit("normalize", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in
        let (y, x) = (frame.write(output), frame.floats(input))
        pool.forEachRows(rows, columns: c) { run(y + $0.lowerBound * c, x + $0.lowerBound * c, $0.count) }
      }
    }
    return true
  }

  /// Position by position, the squares of its channels once.
  func makeLocalResponseNorm(_ node: Node) -> Bool {
    guard let op = node.op as? LocalResponseNorm, graph.type(of: node.result).element == .float32 else { return false }
    let extents = shape(node.result)
    let (images, c, plane) = (extents[0], extents[1], extents.count(2..<extents.rank))
    let (bias, beta) = (Float(op.bias), Float(op.beta))
    let factor = Float(op.alpha / Double(op.size))
    let pool = pool
    emit("localResponseNorm", reads: node.operands, result: node.result) { places in
      let (input, output) = (places.location(node.operands[0]), places.location(node.result))
      return { frame in
        let (y, x) = (frame.write(output), frame.floats(input))
        pool.forEach(images * c) { (row: Int) in
          let image = row / c * c
          let (own, target) = (x + row * plane, y + row * plane)
          target.update(repeating: 0, count: plane)
          for channel in op.channels(around: row - image, of: c) {
            let other = x + (image + channel) * plane
            for i in 0..<plane { target[i] += other[i] * other[i] }
          }
          for i in 0..<plane { target[i] = own[i] / powf(bias + factor * target[i], beta) }
        }
      }
    }
    return true
  }
}
