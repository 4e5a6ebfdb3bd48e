import Graph
import Tensors

extension Lowering {
  /// MaxPool, and the places of the largest elements. https://onnx.ai/onnx/operators/onnx__MaxPool.html
  static let maxPool = Lowering("MaxPool", since: 1) { (node) throws(LoweringError) in
    let order = try node.int("storage_order", default: 0)
    guard order == 0 || order == 1 else {
      throw .attribute(node.reference, name: "storage_order", expected: "0 or 1", found: "\(order)")
    }
    let largest = try node.pooled(.max)
    guard node.node.outputs.count > 1, !node.node.outputs[1].isEmpty else { return [largest] }
    return [largest, try node.pooled(order == 0 ? .indexOfMax : .columnMajorIndexOfMax)]
  }

  /// https://onnx.ai/onnx/operators/onnx__AveragePool.html
  static let averagePool = Lowering("AveragePool", since: 1) { (node) throws(LoweringError) in
    let counts = try node.int("count_include_pad", default: 0) != 0
    return [try node.pooled(counts ? .averageWithPadding : .average)]
  }

  /// https://onnx.ai/onnx/operators/onnx__LpPool.html
  static let lpPool = Lowering("LpPool", since: 2) { (node) throws(LoweringError) in
    [try node.pooled(.norm, power: node.int("p", default: 2))]
  }

  /// The largest element of each channel. https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html
  static let globalMaxPool = Lowering("GlobalMaxPool", since: 1) { (node) throws(LoweringError) in
    [try node.pooledWhole(.max)]
  }

  /// https://onnx.ai/onnx/operators/onnx__GlobalLpPool.html
  static let globalLpPool = Lowering("GlobalLpPool", since: 2) { (node) throws(LoweringError) in
    [try node.pooledWhole(.norm, power: node.int("p", default: 2))]
  }
}

extension NodeReader {
  fileprivate func pooled(_ function: Pool.Function, power: Int = 0) throws(LoweringError) -> Imported {
    let x = try operand(0)
    let map = type(x)
    try requireMap(map)
    guard let kernel = try ints("kernel_shape"), kernel.count == map.rank - 2,
      kernel.allSatisfy({ (1...Windows.limit).contains($0) })
    else {
      throw .attribute(
        reference, name: "kernel_shape", expected: "\(map.rank - 2) positive integers",
        found: "\(try ints("kernel_shape") ?? [])")
    }
    let roundsUp = try int("ceil_mode", default: 0) != 0
    let windows = try windows(map, kernel)
    return try apply(Pool(function, kernel: kernel, windows: windows, roundsUp: roundsUp, power: power), x)
  }

  /// One window over everything but batch and channels, as a row.
  fileprivate func pooledWhole(_ function: Pool.Function, power: Int = 0) throws(LoweringError) -> Imported {
    let x = try operand(0)
    let map = type(x)
    guard map.rank >= 3 else {
      throw .operand(reference, index: 0, expected: "a map [N, c, …]", found: "\(map)")
    }
    let count = map.dimensions[2...].reduce(1, *)
    guard let extent = count.constant, (1...Windows.limit).contains(extent) else {
      throw undecided("the size of a window over \(map)")
    }
    let row = try reshape(x, Array(map.dimensions[..<2]) + [count])
    let windows = Windows(strides: [1], dilations: [1], before: [0], after: [0])
    let result = try apply(Pool(function, kernel: [extent], windows: windows, power: power), row)
    return try reshape(result, Array(map.dimensions[..<2]) + map.dimensions[2...].map { _ in 1 })
  }
}
