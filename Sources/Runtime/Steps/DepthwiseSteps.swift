import Graph
import Kernels
import Tensors

extension Planner {
  /// A convolution that only a sum with its own input reads is done by the sum.
  func defersDepthwise(_ node: Node) -> Bool {
    guard node.op is DepthwiseConv, let reader = soleReader(of: node.result), let binary = reader.op as? Binary
    else { return false }
    let x = node.operands[0]
    return binary.function == .add && reader.operands.contains(x) && !isDeferred(x)
      && shape(reader.result) == shape(node.result)
  }

  /// The deferred convolution that a sum adds to its input.
  func deferredDepthwise(_ sum: Node) -> Node? {
    sum.operands.compactMap { value in
      isDeferred(value) ? graph.producer(of: value, as: DepthwiseConv.self)?.node : nil
    }.first
  }

  func makeDepthwise(_ node: Node) -> Bool { emitDepthwise(node, result: node.result, addInput: false) }

  func emitDepthwise(_ node: Node, result: ValueID, addInput: Bool) -> Bool {
    guard graph.type(of: result).element == .float32 else { return false }
    let extents = shape(result)
    let (h, w, c) = (extents[1], extents[2], extents[3])
    let weight = node.operands[1]
    let k = shape(weight)[shape(weight).rank - 1]
    let taps = k * k
    let perImage = shape(weight).rank == 5
    let packed =
      perImage
      ? nil : derived("taps", of: weight, shape: [taps, c]) { repacked($0, channels: c, taps: taps) }
    let reads = [node.operands[0]] + (packed == nil ? [weight] : []) + node.operands.dropFirst(2)
    let (kernel, pool) = (kernels.depthwise, pool)
    let label = addInput ? "depthwiseConv+add" : "depthwiseConv"
    let operations = 2 &* extents.count(0..<4) &* taps
    emit(label, reads: reads, result: result, scratch: packed == nil ? taps * c * 4 : 0, operations: operations) {
      places in
      let input = places.location(node.operands[0])
      let weights = packed.map { Location.constant($0) } ?? places.location(weight)
      let bias = node.operands.count == 3 ? places.location(node.operands[2]) : nil
      let (output, scratch) = (places.location(result), places.scratch)
      return { frame in
        let bias = bias.map(frame.floats)
        for image in 0..<extents[0] {
          var taken = frame.floats(weights)
          if packed == nil {
            let own = taken + (perImage ? image * c * taps : 0)
            Movement.repackDepthwise(frame.write(scratch), own, channels: c, taps: taps)
            taken = UnsafePointer(frame.write(scratch))
          }
          let x = frame.floats(input) + image * h * w * c
          let y = frame.write(output) + image * h * w * c
          pool.forEachRows(h, columns: w * c) { [taken] in
            kernel(y, x, taken, bias, h, w, c, k, $0.lowerBound, $0.upperBound, addInput ? 1 : 0)
          }
        }
      }
    }
    return true
  }

  /// [c, 1, k, k] as the kernel's [k·k, c].
  private func repacked(_ weight: Tensor, channels: Int, taps: Int) -> Tensor {
    weight.withBytes { source in
      Tensor(type: .float32, shape: [taps, channels]) { bytes in
        guard let from = source.baseAddress, let to = bytes.baseAddress else { return }
        Movement.repackDepthwise(
          to.assumingMemoryBound(to: Float.self), from.assumingMemoryBound(to: Float.self),
          channels: channels, taps: taps)
      }
    }
  }
}
