import Graph
import Kernels
import Tensors

extension Planner {
  /// A mixture of matrices that only one per-image product reads is mixed there.
  func defersMixture(_ node: Node) -> Bool {
    guard node.op is Mixture, kernels.name != "scalar", isConstant(node.operands[1]),
      let reader = soleReader(of: node.result), reader.op is LinearPerImage
    else { return false }
    return reader.operands[1] == node.result
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
          pool.forEachChunk(of: size) {
            kernel(out, own, frame.floats(stack), size, experts, $0.lowerBound, $0.upperBound)
          }
        }
      }
    }
    return true
  }

  func makeLinearPerImage(_ node: Node) -> Bool {
    let (x, weight) = (node.operands[0], node.operands[1])
    guard graph.type(of: node.result).element == .float32 else { return false }
    if let mixed = deferredMixture(weight) { return emitMixedLinear(node, mixed) }
    let (images, l, k) = (shape(x)[0], shape(x)[1], shape(x)[2])
    let n = shape(weight)[1]
    let panels = kernels.packedCount(n: n, k: k)
    let (kernels, pool) = (kernels, pool)
    let operations = 2 &* images &* l &* n &* k
    emit("linearPerImage", reads: [x, weight], result: node.result, scratch: panels * 4, operations: operations) {
      places in
      let (input, weights, output) = (places.location(x), places.location(weight), places.location(node.result))
      let scratch = places.scratch
      return { frame in
        let packed = frame.write(scratch)
        for image in 0..<images {
          kernels.pack(
            packed, frame.floats(weights) + image * n * k, n: n, k: k, columnStride: k, depthStride: 1,
            pool: pool)
          kernels.matmul(
            OutputRows(frame.write(output) + image * l * n, stride: n),
            InputRows(frame.floats(input) + image * l * k, stride: k), rows: l,
            PackedPanels(packed, n: n, k: k), pool: pool)
        }
      }
    }
    return true
  }

  private func deferredMixture(_ value: ValueID) -> (node: Node, op: Mixture)? {
    isDeferred(value) ? graph.producer(of: value, as: Mixture.self) : nil
  }

  /// Mixes the experts' matrices where they lie, for several images while a part of each expert is in the cache, and
  /// lays out what comes of it: a packed copy of every expert would double what a delta takes.
  private func emitMixedLinear(_ node: Node, _ mixed: (node: Node, op: Mixture)) -> Bool {
    guard let stack = constant(mixed.node.operands[1]) else { return false }
    let (x, source, group) = (node.operands[0], mixed.node.operands[0], mixed.op.group)
    let (images, l, k) = (shape(x)[0], shape(x)[1], shape(x)[2])
    let (groups, experts, n) = (shape(source)[1], shape(source)[2], shape(node.operands[1])[1])
    let (size, panels) = (n &* k, kernels.packedCount(n: n, k: k))
    let together = max(1, min(images, Planner.imagesMixedTogether))
    let line = 64  // Floats: whole vectors of every tier.
    let (kernels, pool) = (kernels, pool)
    let scratch = (together &* size &+ panels) &* MemoryLayout<Float>.stride
    let operations = 2 &* images &* n &* k &* (l &+ experts)
    emit("mixture+linear", reads: [x, source], result: node.result, scratch: scratch, operations: operations) {
      places in
      let (input, output, scratch) = (places.location(x), places.location(node.result), places.scratch)
      let (coefficients, matrices) = (places.location(source), Location.constant(stack))
      return { frame in
        let packed = frame.write(scratch)
        let sums = packed + panels
        for first in stride(from: 0, to: images, by: together) {
          let some = first..<min(first + together, images)
          pool.forEachRows((size + line - 1) / line, columns: line * experts) { range in
            let (start, end) = (range.lowerBound * line, min(range.upperBound * line, size))
            for image in some {
              let own = frame.floats(coefficients) + (image * groups + group) * experts
              kernels.weightedSum(
                sums + (image - first) * size, own, frame.floats(matrices), size, experts, start, end)
            }
          }
          for image in some {
            kernels.pack(
              packed, sums + (image - first) * size, n: n, k: k, columnStride: k, depthStride: 1, pool: pool)
            kernels.matmul(
              OutputRows(frame.write(output) + image * l * n, stride: n),
              InputRows(frame.floats(input) + image * l * k, stride: k), rows: l,
              PackedPanels(packed, n: n, k: k), pool: pool)
          }
        }
      }
    }
    return true
  }

  /// Bounds the memory for mixed matrices; beyond a few, reading the experts no longer weighs.
  private static let imagesMixedTogether = 8

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
          factors.withUnsafeBufferPointer {
            if let f = $0.baseAddress { kernels.multiply(out, UnsafePointer(out), f, outputs) }
          }
          kernels.softmax(out, UnsafePointer(out), groups, experts)
        }
      }
    }
    return true
  }
}
