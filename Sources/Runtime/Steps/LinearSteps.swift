import Graph
import Kernels
import Tensors

extension Planner {
  /// A linear whose only reader is a GELU, or an addition of a value of the same shape, is done by the reader.
  func defersLinear(_ node: Node) -> Bool {
    guard node.op is Linear, isConstant(node.operands[1]), shape(node.operands[1]).elementCount > 0,
      let reader = soleReader(of: node.result)
    else { return false }
    if reader.op is GELU { return true }
    guard let binary = reader.op as? Binary, binary.function == .add else { return false }
    let other = reader.operands[0] == node.result ? reader.operands[1] : reader.operands[0]
    return other != node.result && shape(other) == shape(node.result) && !isDeferred(other)
      && shape(reader.result) == shape(node.result)
  }

  /// What a product [rows, k] · [k, n] of a network's weights is computed from. One row an image is a head, whose
  /// errors nothing averages and whose weights are few.
  private func precision(ofProduct n: Int, _ k: Int, rowsPerImage: Int) -> Precision {
    guard precision == .int8 else { return precision }
    let isWorthwhile = n >= Planner.leastQuantized && k >= Planner.leastQuantized
    return isWorthwhile && rowsPerImage > 1 && k <= Int8Kernels.deepest ? .int8 : .float32
  }

  /// Rows and columns of the smallest matrix whose product gains more than quantising its rows costs.
  private static let leastQuantized = 32

  func makeLinear(_ node: Node) -> Bool { emitLinear(node, result: node.result, label: "linear") }

  /// The deferred linear behind an operand.
  func deferredLinear(_ value: ValueID) -> Node? {
    isDeferred(value) ? graph.producer(of: value, as: Linear.self)?.node : nil
  }

  func emitLinear(
    _ node: Node, result: ValueID, label: String, activation: Activation = .none, residual: ValueID? = nil
  ) -> Bool {
    // An empty sum is the bias, which no product of panels writes.
    guard let weight = weight(node.operands[1]), weight.type == .float32, weight.shape.elementCount > 0 else {
      return false
    }
    let (n, k) = (weight.shape[0], weight.shape[1])
    let x = node.operands[0]
    let bias = node.operands.count == 3 ? node.operands[2] : nil
    let rows = shape(x).elementCount / k
    let images = max(shape(x).rank > 1 ? shape(x)[0] : 1, 1)
    let matrix = LinearMatrix(weight, n: n, k: k, precision(ofProduct: n, k, rowsPerImage: rows / images), weights)
    let (kernels, pool) = (kernels, pool)
    let reads = [x] + [bias, residual].compactMap { $0 }
    let scratch = matrix.scratchByteCount(rows: rows, kernels, threads: pool.count)
    emit(label, reads: reads, result: result, scratch: scratch, operations: 2 &* rows &* n &* k) { places in
      let (input, output, scratch) = (places.location(x), places.location(result), places.scratch)
      let (bias, residual) = (bias.map(places.location), residual.map(places.location))
      return { frame in
        let epilogue = Epilogue(
          bias: bias.map(frame.floats), activation: activation, residual: residual.map(frame.floats),
          residualStride: n)
        matrix.multiply(
          OutputRows(frame.write(output), stride: n), InputRows(frame.floats(input), stride: k), rows: rows,
          rowsPerItem: max(rows / images, 1), epilogue: epilogue, scratch: frame.raw(scratch), kernels, pool)
      }
    }
    return true
  }

  func makeGELU(_ node: Node) -> Bool {
    guard let op = node.op as? GELU, graph.type(of: node.result).element == .float32 else { return false }
    let activation: Activation =
      switch op.form {
      case .exact: .gelu
      case .tanh: .geluTanh
      case .quick: .quickGELU
      }
    if let linear = deferredLinear(node.operands[0]) {
      return emitLinear(linear, result: node.result, label: "linear+gelu", activation: activation)
    }
    let kernel =
      switch op.form {
      case .exact: kernels.gelu
      case .tanh: kernels.geluTanh
      case .quick: kernels.quickGELU
      }
    return emitElements("gelu", node.operands[0], node.result) { y, x, count in kernel(y, x, count) }
  }

  /// Cuts an element-wise function into chunks for the pool.
  func emitElements(
    _ label: String, _ x: ValueID, _ result: ValueID,
    _ body: @escaping @Sendable (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
  ) -> Bool {
    let count = shape(result).elementCount
    let pool = pool
    emit(label, reads: [x], result: result) { places in
      let (input, output) = (places.location(x), places.location(result))
      return { frame in
        let (y, x) = (frame.write(output), frame.floats(input))
        pool.forEachChunk(of: count) { body(y + $0.lowerBound, x + $0.lowerBound, $0.count) }
      }
    }
    return true
  }
}

extension ThreadPool {
  /// Elements that one task of an element-wise function takes: enough to be worth a thread.
  private static let chunk = 1 << 14

  func forEachChunk(of count: Int, _ body: (Range<Int>) -> Void) {
    let chunks = (count + ThreadPool.chunk - 1) / ThreadPool.chunk
    forEach(chunks) { body($0 * ThreadPool.chunk..<min(($0 + 1) * ThreadPool.chunk, count)) }
  }

  /// Splits rows of `columns` elements likewise.
  func forEachRows(_ rows: Int, columns: Int, _ body: (Range<Int>) -> Void) {
    forEachRows(rows, columns: columns) { range, _ in body(range) }
  }

  /// Tells the body its slot as well.
  func forEachRows(_ rows: Int, columns: Int, _ body: (Range<Int>, _ slot: Int) -> Void) {
    let block = max(1, ThreadPool.chunk / max(columns, 1))
    forEach((rows + block - 1) / block) { index, slot in
      body(index * block..<min((index + 1) * block, rows), slot)
    }
  }
}
