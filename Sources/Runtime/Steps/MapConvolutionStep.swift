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

  private func emitMapConvolution(_ convolution: MapConvolution, result: ValueID) -> Bool {
    let node = convolution.node
    guard let bands = mapBands(node), let weight = weight(node.operands[1]), let inputCount = bands.inputCount,
      let outputCount = bands.outputCount
    else { return false }
    let (kernels, pool) = (kernels, pool)
    let width = kernels.panelWidth
    let panels = (bands.o + width - 1) / width
    // Where bands are fewer than threads, several tasks share a band.
    let tasks = bands.images * bands.count
    let groups = min(panels, (pool.count + tasks - 1) / tasks)
    let panelsEach = (panels + groups - 1) / groups
    let multiplier: (any BandProduct)? =
      bands.tile == 1
      ? TapProduct(bands, weight, weights, kernels)
      : WinogradProduct(bands, weight, weights, kernels, columns: min(panelsEach * width, bands.o))
    guard let multiplier else { return false }
    let each = inputCount + outputCount + multiplier.spareCount
    let normed = convolution.norm?.node.operands.dropFirst() ?? []
    let reads = node.operands + normed
    let (epsilon, isActivated) = (convolution.norm?.op.epsilon ?? 0, convolution.isActivated)
    let hasBias = node.operands.count == 3
    let positions = bands.outHeight * bands.outWidth
    let depth = bands.c &* bands.kernel.h &* bands.kernel.w
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
          guard group * panelsEach < panels else { return }
          let own = PanelColumns(
            panels: group * panelsEach..<min((group + 1) * panelsEach, panels), width: width, count: bands.o)
          let (first, columns) = (own.columns.lowerBound, own.columns.count)
          let padded = memory + slot * each
          let product = padded + inputCount
          bands.gather(padded, x + image * bands.c * bands.h * bands.w, rows, kernels)
          multiplier.multiply(
            product, padded, spare: product + outputCount, rows: rows.count, columns: own,
            bias: bias.map { $0 + first })
          let (all, count) = (UnsafePointer(product), bands.positions(rows.count))
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
