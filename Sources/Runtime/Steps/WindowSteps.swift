import Graph
import Kernels
import Tensors

/// Rows of one image that move together.
private struct Run {
  var target: Int
  /// Nil for zeros.
  var source: Int?
  var count: Int

  /// The fewest runs that move, to each position of `sources` in turn, the row that it names; -1 names zeros.
  static func moving(_ sources: [Int]) -> [Run] {
    var runs: [Run] = []
    for (target, source) in sources.enumerated() {
      let source = source < 0 ? nil : source
      if let last = runs.last, last.source.map({ $0 + last.count }) == source {
        runs[runs.count - 1].count += 1
      } else {
        runs.append(Run(target: target, source: source, count: 1))
      }
    }
    return runs
  }
}

extension Planner {
  private func isMap(_ node: Node) -> Bool {
    graph.type(of: node.result).element == .float32 && shape(node.result).elementCount > 0
  }

  /// A layer normalisation that only a partition reads writes into the windows.
  func defersWindowedNorm(_ node: Node) -> Bool {
    guard node.op is LayerNorm, let reader = soleReader(of: node.result), reader.op is WindowPartition else {
      return false
    }
    return isMap(reader)
  }

  func makeWindowPartition(_ node: Node) -> Bool {
    guard let op = node.op as? WindowPartition, isMap(node) else { return false }
    let map = shape(node.operands[0])
    let norm = isDeferred(node.operands[0]) ? graph.producer(of: node.operands[0], as: LayerNorm.self) : nil
    let reads = norm?.node.operands ?? node.operands
    let (epsilon, kernel, pool, c) = (Float(norm?.op.epsilon ?? 0), kernels.layerNorm, pool, map[3])
    emit(norm == nil ? "windowPartition" : "layerNorm+windowPartition", reads: reads, result: node.result) { places in
      let (locations, output) = (reads.map(places.location), places.location(node.result))
      let sources = op.windowing.sources(height: map[1], width: map[2])
      let runs = Run.moving(sources)
      return { frame in
        let affine = locations.dropFirst().map { frame.floats($0) }
        for image in 0..<map[0] {
          let x = frame.floats(locations[0]) + image * map[1] * map[2] * c
          let y = frame.write(output) + image * sources.count * c
          pool.forEachRun(runs, columns: c) { run in
            let target = y + run.target * c
            guard let source = run.source else {
              target.update(repeating: 0, count: run.count * c)
              return
            }
            if affine.count == 2 {
              kernel(target, x + source * c, affine[0], affine[1], run.count, c, epsilon)
            } else {
              target.update(from: x + source * c, count: run.count * c)
            }
          }
        }
      }
    }
    return true
  }

  /// Windows whose only reader adds them to a map are added as they are put together.
  func defersWindowMerge(_ node: Node) -> Bool {
    guard node.op is WindowMerge, isMap(node), let reader = soleReader(of: node.result),
      let binary = reader.op as? Binary, binary.function == .add
    else { return false }
    let other = reader.operands[0] == node.result ? reader.operands[1] : reader.operands[0]
    return other != node.result && shape(other) == shape(node.result) && !isDeferred(other)
  }

  /// The deferred merge behind an operand.
  func deferredWindowMerge(_ value: ValueID) -> Node? {
    isDeferred(value) ? graph.producer(of: value, as: WindowMerge.self)?.node : nil
  }

  func makeWindowMerge(_ node: Node) -> Bool { emitWindowMerge(node, result: node.result, adding: nil) }

  func makeWindowMergeSum(_ node: Node) -> Bool? {
    for index in 0..<2 {
      if let merge = deferredWindowMerge(node.operands[index]) {
        return emitWindowMerge(merge, result: node.result, adding: node.operands[1 - index])
      }
    }
    return nil
  }

  private func emitWindowMerge(_ node: Node, result: ValueID, adding other: ValueID?) -> Bool {
    guard let op = node.op as? WindowMerge, isMap(node) else { return false }
    let (map, windows) = (shape(node.result), shape(node.operands[0]))
    let reads = node.operands + [other].compactMap { $0 }
    let (add, pool, c) = (kernels.add, pool, map[3])
    emit(other == nil ? "windowMerge" : "windowMerge+add", reads: reads, result: result) { places in
      let (locations, output) = (reads.map(places.location), places.location(result))
      var origins = [Int](repeating: 0, count: map[1] * map[2])
      for (position, target) in op.windowing.sources(height: map[1], width: map[2]).enumerated() where target >= 0 {
        origins[target] = position
      }
      let runs = Run.moving(origins)
      return { frame in
        let size = map[1] * map[2] * c
        for image in 0..<map[0] {
          let x = frame.floats(locations[0]) + image * windows[1] * windows[2] * c
          let y = frame.write(output) + image * size
          let residual = locations.count > 1 ? frame.floats(locations[1]) + image * size : nil
          pool.forEachRun(runs, columns: c) { run in
            guard let source = run.source else { return }
            let (from, count) = (x + source * c, run.count * c)
            if let residual {
              add(y + run.target * c, from, residual + run.target * c, count)
            } else {
              (y + run.target * c).update(from: from, count: count)
            }
          }
        }
      }
    }
    return true
  }
}

extension ThreadPool {
  fileprivate func forEachRun(_ runs: [Run], columns: Int, _ body: (Run) -> Void) {
    // As many runs a task as make it worth a thread, were all as long as the first.
    forEachRows(runs.count, columns: columns * max(runs.first?.count ?? 1, 1)) { range in
      for index in range { body(runs[index]) }
    }
  }
}
