import Graph
import Kernels
import Tensors

extension Planner {
  /// A slice of columns that only an attention reads is read in place, with the stride of its source.
  func defersQueryKeyValue(_ node: Node) -> Bool {
    guard let slice = node.op as? Slice, let reader = soleReader(of: node.result), reader.op is Attention
    else { return false }
    return slice.axis == shape(node.result).rank - 1 && reader.operands.prefix(3).contains(node.result)
  }

  /// Columns of a value: where they start and how far their rows are apart.
  private struct Columns {
    let value: ValueID
    let start: Int
    let stride: Int
  }

  private func columns(_ value: ValueID) -> Columns {
    if isDeferred(value), let (node, slice) = graph.producer(of: value, as: Slice.self) {
      return Columns(value: node.operands[0], start: slice.start, stride: shape(node.operands[0])[slice.axis])
    }
    return Columns(value: value, start: 0, stride: shape(value).extents.last ?? 0)
  }

  /// Scores of one head for which two biases are added up at a time.
  private static let scoreLimit = 1 << 32

  func makeAttention(_ node: Node) -> Bool {
    guard let op = node.op as? Attention, graph.type(of: node.result).element == .float32 else { return false }
    let parts = node.operands.prefix(3).map { columns($0) }
    let leading = Array(shape(node.result).extents.dropLast(2))
    let (images, l) = (shape(node.result).count(0..<leading.count), shape(node.result)[leading.count])
    let (m, width) = (shape(node.operands[1])[leading.count], shape(node.result)[leading.count + 1])
    let (heads, scale, d) = (op.heads, Float(op.scale), width / op.heads)
    let biases = node.operands.dropFirst(3).map { AttentionBias(shape($0), leading: leading) }
    // With 8-bit weights too: its rounding is small beside theirs.
    let rounded = precision == .float32 ? nil : kernels.bfloat16
    let (kernel, add, pool) = (rounded?.attention ?? kernels.attention, kernels.add, pool)
    // Two biases are added up first, in memory of their own.
    let (scores, overflow) = l.multipliedReportingOverflow(by: m)
    guard biases.count < 2 || (!overflow && scores <= Planner.scoreLimit) else { return false }
    let sum = biases.count > 1 ? scores : 0
    let each = (rounded?.attentionScratch ?? kernels.attentionScratch)(l, m, d, d) + sum
    let tasks = images * heads
    let reads = parts.map(\.value) + node.operands.dropFirst(3)
    let (bytes, operations) = (min(tasks, pool.count) * each * 4, 4 &* tasks &* l &* m &* d)
    emit("attention", reads: reads, result: node.result, scratch: bytes, operations: operations) { places in
      let locations = reads.map(places.location)
      let (output, scratch) = (places.location(node.result), places.scratch)
      return { frame in
        let out = frame.write(output)
        let starts = parts.indices.map { frame.floats(locations[$0]) + parts[$0].start }
        let biasValues = locations.dropFirst(3).map { frame.floats($0) }
        let memory = frame.write(scratch)
        pool.forEach(tasks) { task, slot in
          let (image, head) = (task / heads, task % heads)
          let (column, own) = (head * d, memory + slot * each)
          let rows = biases.indices.map { biasValues[$0] + biases[$0].start(of: image, head: head) }
          var (bias, biasStride) = (rows.first, biases.first?.rowStride ?? 0)
          if rows.count > 1 {
            for row in 0..<l {
              add(own + row * m, rows[0] + row * biasStride, rows[1] + row * biases[1].rowStride, m)
            }
            (bias, biasStride) = (UnsafePointer(own), m)
          }
          kernel(
            out + image * l * width + column, width,
            starts[0] + image * l * parts[0].stride + column, parts[0].stride,
            starts[1] + image * m * parts[1].stride + column, parts[1].stride,
            starts[2] + image * m * parts[2].stride + column, parts[2].stride,
            l, m, d, d, scale, bias, biasStride, own + sum)
        }
      }
    }
    return true
  }
}
