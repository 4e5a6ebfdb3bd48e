import Graph
import Kernels
import Tensors

extension Planner {
  private func isFloat(_ values: [ValueID]) -> Bool {
    values.allSatisfy { graph.type(of: $0).element == .float32 }
  }

  /// Operations on the way to the deepest operand of a fused expression. What follows starts a new step, so that
  /// planning takes no longer for a chain of many.
  private static let expressionDepth = 8

  /// A sum, product or layer normalisation whose only reader is a sum or product of its shape is done there,
  /// unless it is itself the reader that does a linear's or a convolution's work.
  func defersRows(_ node: Node) -> Bool {
    guard node.op is Binary || node.op is LayerNorm, let reader = soleReader(of: node.result),
      let binary = reader.op as? Binary, shape(reader.result) == shape(node.result),
      let own = rowExpression(node), own.depth < Planner.expressionDepth,
      !node.operands.contains(where: { deferredLinear($0) != nil || deferredWindowMerge($0) != nil }),
      deferredDepthwise(node) == nil
    else { return false }
    // The reader must be able to take its other operand as well, and to be a row expression itself.
    let other = reader.operands[0] == node.result ? reader.operands[1] : reader.operands[0]
    guard other != node.result, deferredLinear(other) == nil, deferredWindowMerge(other) == nil,
      deferredDepthwise(reader) == nil,
      binary.function == .add || binary.function == .multiply
    else { return false }
    return isFloat(reader.operands) && leaf(other, in: reader.result, binary.function) != nil
  }

  /// A node as an expression of what its operands' steps leave; nil where rows cannot do it.
  func rowExpression(_ node: Node) -> RowExpression? {
    guard isFloat(node.operands + [node.result]) else { return nil }
    let count = shape(node.result).elementCount
    func rows(_ value: ValueID) -> RowExpression { deferredRows(value) ?? .repeated(value, count: count) }
    if let op = node.op as? LayerNorm {
      return .layerNorm(
        rows(node.operands[0]), gamma: node.operands[1], beta: node.operands[2], epsilon: Float(op.epsilon))
    }
    guard let op = node.op as? Binary, op.function == .add || op.function == .multiply else { return nil }
    // Both functions commute bit for bit: the deeper operand stands first and so needs no spare block.
    let whole = node.operands.filter { shape($0) == shape(node.result) }
    if whole.count == 2 {
      let sides = whole.map(rows).sorted { $0.depth > $1.depth }
      return .binary(op.function, sides[0], sides[1])
    }
    guard let first = whole.first, let second = node.operands.first(where: { $0 != first }) else {
      return nil
    }
    return leaf(second, in: node.result, op.function).map { .binary(op.function, rows(first), $0) }
  }

  private func deferredRows(_ value: ValueID) -> RowExpression? {
    guard isDeferred(value), let node = graph.producer(of: value) else { return nil }
    return node.op is Binary || node.op is LayerNorm ? rowExpression(node) : nil
  }

  /// How an operand that no operation has to make first is read.
  private func leaf(_ value: ValueID, in result: ValueID, _ function: Binary.Function) -> RowExpression? {
    let (own, whole) = (shape(value).extents, shape(result).extents)
    if isDeferred(value), let (node, slice) = graph.producer(of: value, as: Slice.self) {
      let stride = shape(node.operands[0]).extents.last ?? 1
      return .perRow(node.operands[0], start: slice.start, stride: stride)
    }
    let trimmed = own.drop { $0 == 1 }
    if trimmed.count <= whole.count, Array(trimmed) == Array(whole.suffix(trimmed.count)) {
      return .repeated(value, count: shape(value).elementCount)
    }
    let isColumn = own.count == whole.count && own.last == 1 && own.dropLast() == whole.dropLast()
    return isColumn && function == .multiply ? .perRow(value, start: 0, stride: 1) : nil
  }

  /// A column of a value that only a product reads, as one number for each row, is read in place.
  func defersColumn(_ node: Node) -> Bool {
    guard let slice = node.op as? Slice, let reader = soleReader(of: node.result), let binary = reader.op as? Binary,
      binary.function == .multiply, isFloat(reader.operands)
    else { return false }
    let (own, whole) = (shape(node.result).extents, shape(reader.result).extents)
    return own.count == whole.count && slice.axis == own.count - 1 && own.last == 1 && whole.last != 1
      && own.dropLast() == whole.dropLast()
      && reader.operands.contains { shape($0) == shape(reader.result) }
  }

  func emitRows(_ expression: RowExpression, result: ValueID) {
    let columns = expression.columns(shape(result))
    let rows = columns == 0 ? 0 : shape(result).elementCount / columns
    let program = RowProgram(expression, columns: columns)
    let spare = program.spareCount
    let (kernels, pool) = (kernels, pool)
    let scratch = pool.count * spare * MemoryLayout<Float>.stride
    emit(expression.label, reads: program.leaves, result: result, scratch: scratch) { places in
      let (locations, output) = (program.leaves.map(places.location), places.location(result))
      let scratch = places.scratch
      return { frame in
        let (y, memory) = (frame.write(output), frame.write(scratch))
        locations.map(frame.floats).withUnsafeBufferPointer { starts in
          guard let starts = starts.baseAddress else { return }
          pool.forEachRows(rows, columns: columns) { range, slot in
            program.run(range, into: y, starts: starts, spare: memory + slot * spare, kernels)
          }
        }
      }
    }
  }
}
