import Graph
import Kernels
import Tensors

extension Planner {
  /// A mixture of matrices that only one per-image product reads is mixed there, already packed.
  func defersMixture(_ node: Node) -> Bool {
    guard node.op is Mixture, kernels.name != "scalar", isConstant(node.operands[1]),
      absorbable(node.result, as: Mixture.self) != nil
    else { return false }
    return graph.users(of: node.result).contains { $0.op is LinearPerImage && $0.operands[1] == node.result }
  }

  func makeMixture(_ node: Node) -> Bool {
    guard let op = node.op as? Mixture, graph.type(of: node.result).element == .float32 else { return false }
    let coefficients = shape(node.operands[0])
    let (groups, experts) = (coefficients[1], coefficients[2])
    let size = experts == 0 ? 0 : shape(node.operands[1]).elementCount / experts
    let (kernel, pool) = (kernels.weightedSum, pool)
    emit("mixture", reads: node.operands, result: node.result) { places in
      let (weights, stack) = (places.location(node.operands[0]), places.location(node.operands[1]))
      let output = places.location(node.result)
      return { frame in
        for image in 0..<coefficients[0] {
          let own = frame.floats(weights) + (image * groups + op.group) * experts
          let out = frame.write(output) + image * size
          pool.forEachChunk(of: size) { kernel(out, own, frame.floats(stack), size, experts, $0.lowerBound, $0.upperBound) }
        }
      }
    }
    return true
  }

  func makeLinearPerImage(_ node: Node) -> Bool {
    let (x, weight) = (node.operands[0], node.operands[1])
    guard graph.type(of: node.result).element == .float32 else { return false }
    let (images, l, k) = (shape(x)[0], shape(x)[1], shape(x)[2])
    let n = shape(weight)[1]
    let panels = kernels.packedCount(n: n, k: k)
    let (kernels, pool) = (kernels, pool)
    let mixed = isDeferred(weight) ? graph.producer(of: weight, as: Mixture.self) : nil
    let experts = mixed.map { shape($0.node.operands[0])[2] } ?? 0
    let groups = mixed.map { shape($0.node.operands[0])[1] } ?? 0
    let group = mixed?.op.group ?? 0
    let stack = mixed.flatMap { self.weight($0.node.operands[1]) }.map {
      self.weights.stack($0, count: experts, n: n, k: k)
    }
    let source = mixed?.node.operands[0] ?? weight
    emit(mixed == nil ? "linearPerImage" : "mixture+linear", reads: [x, source], result: node.result, scratch: panels * 4) {
      places in
      let (input, weights, output) = (places.location(x), places.location(source), places.location(node.result))
      let scratch = places.scratch
      return { frame in
        let taken = frame.write(scratch)
        for image in 0..<images {
          if let stack {
            let own = frame.floats(weights) + (image * groups + group) * experts
            let matrices = UnsafePointer(stack.pointer.assumingMemoryBound(to: Float.self))
            pool.forEachChunk(of: panels) {
              kernels.weightedSum(taken, own, matrices, panels, experts, $0.lowerBound, $0.upperBound)
            }
          } else {
            kernels.pack(taken, frame.floats(weights) + image * n * k, n, k, k, 1)
          }
          kernels.matmul(
            OutputRows(frame.write(output) + image * l * n, stride: n),
            InputRows(frame.floats(input) + image * l * k, stride: k), rows: l,
            PackedPanels(taken, n: n, k: k), pool: pool)
        }
      }
    }
    return true
  }

  func makeRouter(_ node: Node) -> Bool {
    guard let weight1 = weight(node.operands[1]), let weight2 = weight(node.operands[3]),
      let scales: [Float] = constant(node.operands[5])?.scalars()
    else { return false }
    let (images, l, c) = (shape(node.operands[0])[0], shape(node.operands[0])[1], shape(node.operands[0])[2])
    let (hidden, outputs) = (weight1.shape[0], weight2.shape[0])
    let first = weights.matrix(weight1, n: hidden, k: c)
    let second = weights.matrix(weight2, n: outputs, k: hidden)
    let (groups, experts) = (shape(node.result)[1], shape(node.result)[2])
    let kernels = kernels
    let factors = scales.flatMap { [Float](repeating: Float(exponential(Double($0))), count: experts) }
    emit("router", reads: node.operands, result: node.result, scratch: (c + hidden) * 4) { places in
      let (input, bias1, bias2) = (
        places.location(node.operands[0]), places.location(node.operands[2]), places.location(node.operands[4])
      )
      let (output, scratch) = (places.location(node.result), places.scratch)
      return { frame in
        let mean = frame.write(scratch)
        let inner = mean + c
        for image in 0..<images {
          let out = frame.write(output) + image * outputs
          kernels.columnMean(mean, frame.floats(input) + image * l * c, c, l, c)
          kernels.matmul(
            OutputRows(inner, stride: hidden), InputRows(UnsafePointer(mean), stride: c), rows: 1, rowsPerItem: 1,
            first, epilogue: Epilogue(bias: frame.floats(bias1), activation: .gelu))
          kernels.matmul(
            OutputRows(out, stride: outputs), InputRows(UnsafePointer(inner), stride: hidden), rows: 1,
            rowsPerItem: 1, second, epilogue: Epilogue(bias: frame.floats(bias2)))
          factors.withUnsafeBufferPointer { if let f = $0.baseAddress { kernels.multiply(out, UnsafePointer(out), f, outputs) } }
          kernels.softmax(out, UnsafePointer(out), groups, experts)
        }
      }
    }
    return true
  }
}
