import Graph
import Kernels
import Tensors

/// A convolution of a map with channels first, and what follows it channel by channel.
private struct MapConvolution {
  let node: Node
  var norm: (node: Node, op: BatchNorm)?
  var isActivated = false

  var label: String { "conv2d" + (norm == nil ? "" : "+batchNorm") + (isActivated ? "+relu" : "") }
}

/// Where a convolution with stride 1 finds its operands once the padded map has its channels last: a window's row of
/// taps is one run of memory, so the convolution is a product for each row of taps, whose rows overlap.
private struct MapBands {
  let images: Int
  let (c, h, w): (Int, Int, Int)
  let (o, outHeight, outWidth): (Int, Int, Int)
  let kernel: (h: Int, w: Int)
  let padding: (h: Int, w: Int)
  /// Rows of the result that a task makes.
  let rows: Int

  /// Positions of a band: so many that weights are read seldom, so few that a band stays in a cache.
  private static let mostPositions = 1 << 10
  private static let leastPositions = 1 << 7

  init(x: Shape, weight: Shape, y: Shape, padding: [Int], threads: Int) {
    images = x[0]
    (c, h, w) = (x[1], x[2], x[3])
    (o, outHeight, outWidth) = (weight[0], y[2], y[3])
    kernel = (weight[2], weight[3])
    self.padding = (padding[0], padding[1])
    let width = w + 2 * padding[1]
    let each = (2 * threads + images - 1) / images
    let least = (MapBands.leastPositions + width - 1) / width
    rows = min(max((y[2] + each - 1) / each, least), max(MapBands.mostPositions / width, 1), y[2])
  }

  /// Of the padded map.
  var width: Int { w + 2 * padding.w }
  var count: Int { (outHeight + rows - 1) / rows }
  var depth: Int { kernel.h * kernel.w * c }

  /// Floats of a band's padded map, in whole lines; nil where they are too many to count.
  var inputCount: Int? { Self.product([rows + kernel.h - 1, width, c]).map { ($0 + 15) / 16 * 16 } }
  /// Floats of a band's product, positions beyond the ends of its rows included.
  var outputCount: Int? { Self.product([rows, width, o]).map { ($0 + 15) / 16 * 16 } }

  private static func product(_ factors: [Int]) -> Int? {
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow, next <= 1 << 40 else { return nil }
      product = next
    }
    return product
  }

  func range(_ band: Int) -> Range<Int> { band * rows..<min((band + 1) * rows, outHeight) }

  /// Positions from the first to the last one of so many rows.
  func positions(_ rows: Int) -> Int { (rows - 1) * width + outWidth }

  /// Writes the padded map that the result's rows `range` are made of, channels last.
  func gather(
    _ padded: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ range: Range<Int>, _ kernels: KernelSet
  ) {
    let line = width * c
    for row in 0..<range.count + kernel.h - 1 {
      let (target, y) = (padded + row * line, range.lowerBound + row - padding.h)
      guard (0..<h).contains(y) else {
        target.update(repeating: 0, count: line)
        continue
      }
      let edge = padding.w * c
      target.update(repeating: 0, count: edge)
      (target + line - edge).update(repeating: 0, count: edge)
      kernels.transpose(target + edge, c, x + y * w, h * w, c, w)
    }
  }
}

extension Planner {
  /// A convolution whose map only a norm by gathered statistics or a ReLU reads is followed by it while the map is in a
  /// cache.
  func defersMapConvolution(_ node: Node) -> Bool {
    guard let reader = soleReader(of: node.result) else { return false }
    if node.op is Conv2d {
      guard mapBands(node) != nil else { return false }
      return isRelu(reader) || (reader.op is BatchNorm && reader.operands[0] == node.result)
    }
    return node.op is BatchNorm && mapConvolution(node.operands[0]) != nil && isRelu(reader)
  }

  private func isRelu(_ node: Node) -> Bool { (node.op as? Unary)?.function == .relu }

  /// The deferred convolution behind an operand, and what was deferred after it.
  private func mapConvolution(_ value: ValueID) -> MapConvolution? {
    guard isDeferred(value), let node = graph.producer(of: value) else { return nil }
    if let op = node.op as? BatchNorm {
      var convolution = mapConvolution(node.operands[0])
      convolution?.norm = (node, op)
      return convolution
    }
    return node.op is Conv2d && mapBands(node) != nil ? MapConvolution(node: node) : nil
  }

  /// Nil where a norm or an activation does its work alone.
  func makeAfterConvolution(_ node: Node) -> Bool? {
    guard var convolution = mapConvolution(node.operands[0]) else { return nil }
    if let op = node.op as? BatchNorm { convolution.norm = (node, op) } else { convolution.isActivated = true }
    return emitMapConvolution(convolution, result: node.result)
  }

  /// Nil where the convolution is not made band by band.
  func makeMapConvolution(_ node: Node) -> Bool? {
    mapBands(node) == nil ? nil : emitMapConvolution(MapConvolution(node: node), result: node.result)
  }

  /// Channels from which on a product of a row of taps is worth moving the channels behind the positions and back.
  private static let leastChannels = 16
  /// Depth of a product: what lets a panel of weights stay in a second-level cache.
  private static let depthLimit = 1536

  private func mapBands(_ node: Node) -> MapBands? {
    guard let op = node.op as? Conv2d, op.strides == [1, 1], kernels.name != "scalar",
      node.operands.allSatisfy({ graph.type(of: $0).element == .float32 }), graph.constant(for: node.operands[1]) != nil
    else { return nil }
    let (x, weight, y) = (shape(node.operands[0]), shape(node.operands[1]), shape(node.result))
    guard x.elementCount > 0, weight.elementCount > 0, y.elementCount > 0, weight[0] >= Planner.leastChannels,
      weight[1] >= Planner.leastChannels
    else { return nil }
    let bands = MapBands(x: x, weight: weight, y: y, padding: op.padding, threads: pool.count)
    return bands.inputCount == nil || bands.outputCount == nil ? nil : bands
  }

  /// The weights [o, c, p, q] as a matrix [o, p·q·c].
  private func tapsBeforeChannels(_ value: ValueID) -> Weight? {
    guard let content = graph.constant(for: value)?.content else { return nil }
    let shape = content.shape
    let turned = content.transposed([0, 2, 3, 1]).reshaped([shape[0], shape.count(1..<4)])
    return Weight(content: turned, origin: .constant(turned.identity))
  }

  private func emitMapConvolution(_ convolution: MapConvolution, result: ValueID) -> Bool {
    let node = convolution.node
    guard let bands = mapBands(node), let weight = tapsBeforeChannels(node.operands[1]),
      let inputCount = bands.inputCount, let outputCount = bands.outputCount
    else { return false }
    let matrix = weights.matrix(weight, n: bands.o, k: bands.depth)
    let (kernels, pool, depth) = (kernels, pool, bands.depth)
    let width = kernels.panelWidth
    let panels = (bands.o + width - 1) / width
    // Where bands are fewer than threads, several tasks share a band.
    let tasks = bands.images * bands.count
    let groups = min(panels, (pool.count + tasks - 1) / tasks)
    let panelsEach = (panels + groups - 1) / groups
    let run = bands.kernel.w * bands.c
    let pieces = (run + Planner.depthLimit - 1) / Planner.depthLimit
    let piece = (run + pieces - 1) / pieces
    let each = inputCount + outputCount
    let normed = convolution.norm?.node.operands.dropFirst() ?? []
    let reads = node.operands + normed
    let (epsilon, isActivated) = (convolution.norm?.op.epsilon ?? 0, convolution.isActivated)
    let hasBias = node.operands.count == 3
    let positions = bands.outHeight * bands.outWidth
    let operations = 2 &* bands.images &* bands.o &* positions &* depth
    let (scratch, overflow) = (pool.count * 4).multipliedReportingOverflow(by: each)
    guard !overflow else { return false }
    emit(convolution.label, reads: reads, result: result, scratch: scratch, operations: operations) { places in
      let (inputs, output) = (reads.map(places.location), places.location(result))
      let memory = places.scratch
      return { frame in
        let (x, y, memory) = (frame.floats(inputs[0]), frame.write(output), frame.write(memory))
        let bias = hasBias ? frame.floats(inputs[2]) : nil
        let norm =
          normed.isEmpty
          ? nil : ChannelNorm(inputs.suffix(4).map { frame.floats($0) }, count: bands.o, epsilon: epsilon)
        pool.forEach(tasks * groups) { task, slot in
          let (group, rest) = (task % groups, task / groups)
          let (image, rows) = (rest / bands.count, bands.range(rest % bands.count))
          let own = group * panelsEach..<min((group + 1) * panelsEach, panels)
          guard !own.isEmpty else { return }
          let (first, last) = (own.lowerBound * width, min(own.upperBound * width, bands.o))
          let (columns, count) = (last - first, bands.positions(rows.count))
          let padded = memory + slot * each
          let product = padded + inputCount
          bands.gather(padded, x + image * bands.c * bands.h * bands.w, rows, kernels)
          for line in 0..<bands.kernel.h {
            for start in stride(from: 0, to: run, by: piece) {
              let length = min(piece, run - start)
              let source = UnsafePointer(padded) + line * bands.width * bands.c + start
              let isFirst = line == 0 && start == 0
              for panel in own {
                let column = panel * width - first
                let target = product + column
                kernels.matmul(
                  OutputRows(target, stride: columns), InputRows(source, stride: bands.c), rows: count,
                  PackedPanels(
                    matrix.panels.pointer + panel * width * depth + (line * run + start) * width,
                    n: min(width, columns - column), k: length),
                  epilogue: isFirst
                    ? Epilogue(bias: bias.map { $0 + first + column })
                    : Epilogue(residual: UnsafePointer(target), residualStride: columns))
              }
            }
          }
          let all = UnsafePointer(product)
          if let norm {
            norm.withFactors(from: first) { kernels.scaleShift(product, all, $0, $1, count, columns) }
          }
          if isActivated { kernels.relu(product, all, count * columns) }
          for (index, row) in rows.enumerated() {
            kernels.transpose(
              y + (image * bands.o + first) * positions + row * bands.outWidth, positions,
              all + index * bands.width * columns, columns, bands.outWidth, columns)
          }
        }
      }
    }
    return true
  }
}

/// A norm by gathered statistics as a scale and a summand for each channel, in the digits of ``Planner/makeBatchNorm``.
struct ChannelNorm: Sendable {
  let scales: [Float]
  let summands: [Float]

  /// `parts` are gamma, beta, mean and variance, [count] each.
  init(_ parts: [UnsafePointer<Float>], count: Int, epsilon: Double) {
    let factors = (0..<count).map { Double(parts[0][$0]) / (Double(parts[3][$0]) + epsilon).squareRoot() }
    scales = factors.map { Float($0) }
    summands = (0..<count).map { Float(Double(parts[1][$0]) - Double(parts[2][$0]) * factors[$0]) }
  }

  func withFactors(from first: Int, _ body: (UnsafePointer<Float>?, UnsafePointer<Float>?) -> Void) {
    scales.withUnsafeBufferPointer { scales in
      summands.withUnsafeBufferPointer { summands in
        body(scales.baseAddress.map { $0 + first }, summands.baseAddress.map { $0 + first })
      }
    }
  }
}
