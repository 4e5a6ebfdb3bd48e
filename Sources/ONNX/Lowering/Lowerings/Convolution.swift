import Graph
import Tensors

extension Lowering {
  /// Conv in two dimensions: dense, or depthwise of the kind that keeps the map's size.
  /// https://onnx.ai/onnx/operators/onnx__Conv.html
  static let conv = Lowering("Conv", since: 1) { (node) throws(LoweringError) in
    let (x, weight) = (try node.operand(0), try node.operand(1))
    let bias = node.optional(2)
    let (map, kernel) = (node.type(x), node.type(weight))
    guard map.rank == 4 else {
      throw .operand(node.reference, index: 0, expected: "a map [N, c, h, w]", found: "\(map)")
    }
    guard kernel.rank == 4, let extents = kernel.shape?.extents, extents[2] > 0, extents[3] > 0 else {
      throw .operand(
        node.reference, index: 1, expected: "a weight [o, c, p, q] of known shape", found: "\(kernel)")
    }
    let size = [extents[2], extents[3]]
    try node.requireList("kernel_shape", size)
    try node.requireList("dilations", [1, 1])
    let strides = try node.ints("strides") ?? [1, 1]
    let padding = try node.padding(map, size, strides)
    let group = try node.int("group", default: 1)
    if group == 1 {
      let operands = [x, weight] + (bias.map { [$0] } ?? [])
      return [try node.apply(Conv2d(strides: strides, padding: padding), to: operands)]
    }
    let keepsSize =
      strides == [1, 1] && padding == size.map { $0 / 2 } && size[0] == size[1] && size[0] % 2 == 1
    guard map.dimensions[1] == Dimension(group), extents[0] == group, extents[1] == 1, keepsSize else {
      throw .attribute(
        node.reference, name: "group",
        expected:
          "1, or one a channel with stride 1, an odd square kernel and padding that keeps the map's size",
        found: "\(group)")
    }
    let last = try node.apply(Transpose([0, 2, 3, 1]), x)
    let mapped = try node.apply(DepthwiseConv(), to: [last, weight] + (bias.map { [$0] } ?? []))
    return [try node.apply(Transpose([0, 3, 1, 2]), mapped)]
  }
}

extension NodeReader {
  /// Accepts a list of integers only where it is absent or this one.
  fileprivate func requireList(_ name: String, _ expected: [Int]) throws(LoweringError) {
    guard let found = try ints(name), found != expected else { return }
    throw .attribute(reference, name: name, expected: "\(expected)", found: "\(found)")
  }

  /// Vertical and horizontal padding, the same at both ends.
  fileprivate func padding(_ map: TensorType, _ size: [Int], _ strides: [Int]) throws(LoweringError) -> [Int] {
    guard strides.count == 2, strides.allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw .attribute(reference, name: "strides", expected: "two positive integers", found: "\(strides)")
    }
    let pads = try ints("pads")
    let automatic = try string("auto_pad", default: "NOTSET")
    switch automatic {
    case "NOTSET":
      let pads = pads ?? [0, 0, 0, 0]
      guard pads.count == 4, pads[0] == pads[2], pads[1] == pads[3] else {
        throw .attribute(
          reference, name: "pads", expected: "[top, left, bottom, right] with the same padding at both ends",
          found: "\(pads)")
      }
      return [pads[0], pads[1]]
    case "VALID": return [0, 0]
    case "SAME_UPPER", "SAME_LOWER":
      var padding: [Int] = []
      for axis in 0..<2 {
        // The result has ⌈extent / stride⌉ positions; an open extent tells that only where the stride is 1.
        let total: Int
        if strides[axis] == 1 {
          total = size[axis] - 1
        } else if let extent = map.dimensions[2 + axis].constant {
          total = max(((extent - 1) / strides[axis]) * strides[axis] + size[axis] - extent, 0)
        } else {
          throw undecided("the padding of \(automatic)")
        }
        guard total % 2 == 0 else {
          throw .attribute(
            reference, name: "auto_pad", expected: "the same padding at both ends",
            found: "\(automatic), \(total) in all")
        }
        padding.append(total / 2)
      }
      return padding
    default:
      throw .attribute(
        reference, name: "auto_pad", expected: "NOTSET, VALID, SAME_UPPER or SAME_LOWER", found: automatic)
    }
  }
}
