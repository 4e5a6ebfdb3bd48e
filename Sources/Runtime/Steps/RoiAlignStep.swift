import Graph
import Kernels
import Tensors

extension Planner {
  /// Averages are products: a row of weights for each bin along either axis, which all channels share.
  func makeRoiAlign(_ node: Node) -> Bool {
    guard let op = node.op as? RoiAlign, op.function == .average,
      graph.type(of: node.operands[0]).element == .float32
    else { return false }
    let (x, y) = (shape(node.operands[0]), shape(node.result))
    guard x.elementCount > 0, y.elementCount > 0 else { return false }
    let (n, channels, h, w) = (x[0], x[1], x[2], x[3])
    let imageType = graph.type(of: node.operands[2]).element
    let (count, each) = (y[0], op.height * op.width)
    let pool = pool
    let scratch = pool.count * w * MemoryLayout<Float>.stride
    emit("roiAlign", reads: node.operands, result: node.result, scratch: scratch) { places in
      let inputs = node.operands.map(places.location)
      let (output, memory) = (places.location(node.result), places.scratch)
      return { frame in
        let (x, regions, y) = (frame.floats(inputs[0]), frame.floats(inputs[1]), frame.write(output))
        let images = TensorView(
          type: imageType, shape: [count],
          bytes: UnsafeRawBufferPointer(start: frame.read(inputs[2]), count: count * imageType.size))
        let memory = frame.write(memory)
        pool.forEach(images.shape[0]) { region, slot in
          let target = y + region * channels * each
          let image = images.integer(at: region)
          guard (0..<n).contains(image) else {
            target.update(repeating: 0, count: channels * each)
            return
          }
          let ends = regions + region * 4
          let columns = RoiWeights(op.axis(from: ends[0], to: ends[2], bins: op.width), op.width, length: w)
          let rows = RoiWeights(op.axis(from: ends[1], to: ends[3], bins: op.height), op.height, length: h)
          let line = memory + slot * w
          for channel in 0..<channels {
            let plane = x + (image * channels + channel) * h * w
            for row in 0..<op.height {
              rows.sum(line, plane, row, stride: w, columns: columns.reach)
              let to = target + channel * each + row * op.width
              for column in 0..<op.width { to[column] = columns.sum(UnsafePointer(line), column) }
            }
          }
        }
      }
    }
    return true
  }
}

/// The weights of an axis' elements in the mean of each bin.
private struct RoiWeights {
  /// For each bin, the elements that it reads, and their weights.
  private var bins: [(elements: Range<Int>, first: Int)] = []
  private var weights: [Float] = []
  /// All elements that are read.
  private(set) var reach: Range<Int> = 0..<0

  init(_ axis: RoiAlign.Axis, _ count: Int, length: Int) {
    for bin in 0..<count {
      var low = length
      var sums: [Double] = []
      func add(_ element: Int, _ weight: Double) {
        if sums.isEmpty { low = element }
        while element < low {
          sums.insert(0, at: 0)
          low -= 1
        }
        while element >= low + sums.count { sums.append(0) }
        sums[element - low] += weight / axis.samples
      }
      for sample in axis.candidates(bin: bin, length: length) {
        let place = axis.place(bin: bin, sample: sample)
        guard let near = RoiAlign.Axis.neighbours(of: place, length: length) else { continue }
        add(near.first, 1 - near.weight)
        add(near.second, near.weight)
      }
      let elements = sums.isEmpty ? 0..<0 : low..<low + sums.count
      bins.append((elements, weights.count))
      weights += sums.map { Float($0) }
      if !elements.isEmpty {
        reach =
          reach.isEmpty
          ? elements : min(reach.lowerBound, elements.lowerBound)..<max(reach.upperBound, elements.upperBound)
      }
    }
  }

  /// The mean of a bin over rows, for some columns of them.
  func sum(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ bin: Int, stride: Int, columns: Range<Int>
  ) {
    (y + columns.lowerBound).update(repeating: 0, count: columns.count)
    let (elements, first) = bins[bin]
    for element in elements {
      let weight = weights[first + element - elements.lowerBound]
      let row = x + element * stride
      for column in columns { y[column] += weight * row[column] }
    }
  }

  /// The mean of a bin of one row.
  func sum(_ x: UnsafePointer<Float>, _ bin: Int) -> Float {
    let (elements, first) = bins[bin]
    var sum: Float = 0
    for element in elements { sum += weights[first + element - elements.lowerBound] * x[element] }
    return sum
  }
}
