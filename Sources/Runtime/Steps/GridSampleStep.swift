import Graph
import Kernels
import Tensors

extension Planner {
  /// Places of the grid a few at a time: their elements and weights are found once, then every channel is read.
  func makeGridSample(_ node: Node) -> Bool {
    guard let op = node.op as? GridSample, node.operands.allSatisfy({ graph.type(of: $0).element == .float32 }) else {
      return false
    }
    let (x, grid) = (shape(node.operands[0]), shape(node.operands[1]))
    let map = Array(x.extents[2...])
    guard x.elementCount > 0, shape(node.result).elementCount > 0 else { return false }
    let (images, channels, plane) = (x[0], x[1], map.reduce(1, *))
    let places = grid.count(1..<grid.rank - 1)
    let taps = map.reduce(1) { product, _ in product * op.taps }
    let block = 64
    let blocks = (places + block - 1) / block
    let pool = pool
    emit("gridSample", reads: node.operands, result: node.result) { locations in
      let inputs = node.operands.map(locations.location)
      let output = locations.location(node.result)
      return { frame in
        let (x, grid, y) = (frame.floats(inputs[0]), frame.floats(inputs[1]), frame.write(output))
        pool.forEach(images * blocks) { task in
          let (image, first) = (task / blocks, task % blocks * block)
          let count = min(block, places - first)
          let source = x + image * channels * plane
          let table = GridTable(
            op, grid + (image * places + first) * map.count, count: count, map: map, taps: taps)
          table.elements.withUnsafeBufferPointer { elements in
            table.weights.withUnsafeBufferPointer { weights in
              for channel in 0..<channels {
                let from = source + channel * plane
                let to = y + (image * channels + channel) * places + first
                for place in 0..<count {
                  var sum: Float = 0
                  for tap in place * taps..<(place + 1) * taps { sum += weights[tap] * from[elements[tap]] }
                  to[place] = sum
                }
              }
            }
          }
        }
      }
    }
    return true
  }
}

/// The elements of a plane that some places of a grid read, and their weights: `taps` for each place. What lies
/// outside of the map is an element of weight zero.
private struct GridTable {
  var elements: [Int] = []
  var weights: [Float] = []

  init(_ op: GridSample, _ grid: UnsafePointer<Float>, count: Int, map: [Int], taps: Int) {
    elements.reserveCapacity(count * taps)
    weights.reserveCapacity(count * taps)
    for place in 0..<count {
      let axes = map.indices.map { op.taps(at: grid[(place + 1) * map.count - 1 - $0], length: map[$0]) }
      append(axes[...], map[...], element: 0, weight: 1)
    }
  }

  private mutating func append(
    _ axes: ArraySlice<[GridSample.Tap]>, _ map: ArraySlice<Int>, element: Int, weight: Double
  ) {
    guard let taps = axes.first, let length = map.first else {
      elements.append(element)
      weights.append(Float(weight))
      return
    }
    for tap in taps {
      append(
        axes.dropFirst(), map.dropFirst(), element: element * length + (tap.index ?? 0),
        weight: tap.index == nil ? 0 : weight * tap.weight)
    }
  }
}
