import Graph
import Kernels
import Tensors

extension Planner {
  /// A slice of columns that only an attention reads is read in place, with the stride of its source.
  func defersQueryKeyValue(_ node: Node) -> Bool {
    guard let slice = node.op as? Slice, let reader = soleReader(of: node.result) else { return false }
    return slice.axis == 2 && shape(node.result).rank == 3 && reader.op is Attention
  }

  /// Columns of a value: where they start and how far their rows are apart.
  private struct Columns {
    let value: ValueID
    let start: Int
    let stride: Int
  }

  private func columns(_ value: ValueID) -> Columns {
    if isDeferred(value), let (node, slice) = graph.producer(of: value, as: Slice.self) {
      return Columns(value: node.operands[0], start: slice.start, stride: shape(node.operands[0])[2])
    }
    return Columns(value: value, start: 0, stride: shape(value)[2])
  }

  func makeAttention(_ node: Node) -> Bool {
    guard let op = node.op as? Attention, graph.type(of: node.result).element == .float32 else { return false }
    let parts = node.operands.map { columns($0) }
    let (images, l, width) = (shape(node.result)[0], shape(node.result)[1], shape(node.result)[2])
    let (m, d) = (shape(node.operands[1])[1], width / op.heads)
    let (heads, scale) = (op.heads, Float(op.scale))
    let (kernel, pool) = (kernels.attention, pool)
    let each = kernels.attentionScratch(l, m, d, d)
    let tasks = images * heads
    emit("attention", reads: parts.map(\.value), result: node.result, scratch: min(tasks, pool.count) * each * 4) {
      places in
      let locations = parts.map { places.location($0.value) }
      let (output, scratch) = (places.location(node.result), places.scratch)
      return { frame in
        let out = frame.write(output)
        let starts = parts.indices.map { frame.floats(locations[$0]) + parts[$0].start }
        let memory = frame.write(scratch)
        pool.forEach(tasks) { task, slot in
          let (image, column) = (task / heads, task % heads * d)
          kernel(
            out + image * l * width + column, width,
            starts[0] + image * l * parts[0].stride + column, parts[0].stride,
            starts[1] + image * m * parts[1].stride + column, parts[1].stride,
            starts[2] + image * m * parts[2].stride + column, parts[2].stride,
            l, m, d, d, scale, nil, 0, memory + slot * each)
        }
      }
    }
    return true
  }
}
