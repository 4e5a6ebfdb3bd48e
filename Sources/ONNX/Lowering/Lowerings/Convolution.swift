import Graph
import Tensors

extension Lowering {
  /// Conv over one to three spatial axes. https://onnx.ai/onnx/operators/onnx__Conv.html
  static let conv = Lowering("Conv", since: 1) { (node) throws(LoweringError) in
    let operands = [try node.operand(0), try node.operand(1)] + (node.optional(2).map { [$0] } ?? [])
    let (map, kernel) = try node.mapAndKernel()
    let windows = try node.windows(map, kernel)
    let group = try node.int("group", default: 1)
    let isPlain = windows.dilations.allSatisfy { $0 == 1 } && windows.before == windows.after
    if group == 1, map.rank == 4, isPlain {
      return [try node.apply(Conv2d(strides: windows.strides, padding: windows.before), to: operands)]
    }
    return [try node.apply(Convolution(windows, groups: group), to: operands)]
  }

  /// ConvTranspose over one to three spatial axes. https://onnx.ai/onnx/operators/onnx__ConvTranspose.html
  static let convTranspose = Lowering("ConvTranspose", since: 1) { (node) throws(LoweringError) in
    let operands = [try node.operand(0), try node.operand(1)] + (node.optional(2).map { [$0] } ?? [])
    let (map, kernel) = try node.mapAndKernel()
    let rank = kernel.count
    let strides = try node.positives("strides", rank)
    let dilations = try node.positives("dilations", rank)
    var extra = try node.list("output_padding", rank, default: 0, 0...Windows.limit)
    var pads = try node.list("pads", 2 * rank, default: 0, 0...Windows.limit)
    let automatic = try node.string("auto_pad", default: "NOTSET")
    let stated = try node.ints("output_shape")
    guard ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"].contains(automatic) else {
      throw node.automatic(automatic)
    }
    if let stated, stated.count != rank {
      throw .attribute(
        node.reference, name: "output_shape", expected: "\(rank) extents", found: "\(stated)")
    }
    if stated != nil || automatic.hasPrefix("SAME") {
      // What is wanted of the result decides how much of it is cut off.
      for axis in 0..<rank {
        let whole =
          (map.dimensions[2 + axis] - 1) * Dimension(strides[axis])
          + Dimension(extra[axis] + (kernel[axis] - 1) * dilations[axis] + 1)
        let target = stated.map { Dimension($0[axis]) } ?? map.dimensions[2 + axis] * Dimension(strides[axis])
        guard let surplus = (whole - target).constant, abs(surplus) <= Windows.limit else {
          throw node.undecided("the padding of \(automatic)")
        }
        if surplus < 0 { extra[axis] -= surplus }
        let cut = max(surplus, 0)
        let less = cut / 2
        pads[axis] = automatic == "SAME_UPPER" ? less : cut - less
        pads[rank + axis] = cut - pads[axis]
      }
    }
    let windows = Windows(
      strides: strides, dilations: dilations, before: Array(pads[..<rank]), after: Array(pads[rank...]))
    let group = try node.int("group", default: 1)
    return [try node.apply(ConvTranspose(windows, extra: extra, groups: group), to: operands)]
  }
}

extension NodeReader {
  /// A map `[N, c, …]` and the extents of its kernel, which the weight must make known.
  func mapAndKernel(weight index: Int = 1) throws(LoweringError) -> (map: TensorType, kernel: [Int]) {
    let (map, weight) = (type(try operand(0)), type(try operand(index)))
    try requireMap(map)
    guard weight.rank == map.rank, let extents = weight.shape?.extents.dropFirst(2),
      extents.allSatisfy({ (1...Windows.limit).contains($0) })
    else {
      throw .operand(
        reference, index: index, expected: "a weight [o, c, …] of rank \(map.rank) and known shape",
        found: "\(weight)")
    }
    if let stated = try ints("kernel_shape"), stated != Array(extents) {
      throw .attribute(
        reference, name: "kernel_shape", expected: "\(Array(extents))", found: "\(stated)")
    }
    return (map, Array(extents))
  }

  func requireMap(_ map: TensorType) throws(LoweringError) {
    guard Windows.ranks.contains(map.rank - 2) else {
      throw .operand(
        reference, index: 0, expected: "a map [N, c, …] with one to three spatial axes", found: "\(map)")
    }
  }

  /// A list of integers in a range, one a spatial axis or two; `value` for each where it is absent.
  func list(
    _ name: String, _ count: Int, default value: Int, _ range: ClosedRange<Int>
  ) throws(LoweringError) -> [Int] {
    let list = try ints(name) ?? [Int](repeating: value, count: count)
    guard list.count == count, list.allSatisfy(range.contains) else {
      throw .attribute(
        reference, name: name, expected: "\(count) integers from \(range.lowerBound) to \(range.upperBound)",
        found: "\(list)")
    }
    return list
  }

  func positives(_ name: String, _ count: Int) throws(LoweringError) -> [Int] {
    try list(name, count, default: 1, 1...Windows.limit)
  }

  /// Strides, dilations and padding of windows over a map, automatic padding included.
  func windows(_ map: TensorType, _ kernel: [Int]) throws(LoweringError) -> Windows {
    let rank = kernel.count
    let strides = try positives("strides", rank)
    let dilations = try positives("dilations", rank)
    var pads = try list("pads", 2 * rank, default: 0, 0...Windows.limit)
    let automatic = try string("auto_pad", default: "NOTSET")
    switch automatic {
    case "NOTSET": break
    case "VALID": pads = pads.map { _ in 0 }
    case "SAME_UPPER", "SAME_LOWER":
      for axis in 0..<rank {
        let reach = (kernel[axis] - 1) * dilations[axis] + 1
        // The result has ⌈extent / stride⌉ positions; an open extent tells that only where the stride is 1.
        let total: Int
        if strides[axis] == 1 {
          total = reach - 1
        } else if let extent = map.dimensions[2 + axis].constant {
          total = max((extent - 1) / strides[axis] * strides[axis] + reach - extent, 0)
        } else {
          throw undecided("the padding of \(automatic)")
        }
        pads[axis] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2
        pads[rank + axis] = total - pads[axis]
      }
    default: throw self.automatic(automatic)
    }
    return Windows(
      strides: strides, dilations: dilations, before: Array(pads[..<rank]), after: Array(pads[rank...]))
  }

  func automatic(_ found: String) -> LoweringError {
    .attribute(
      reference, name: "auto_pad", expected: "NOTSET, VALID, SAME_UPPER or SAME_LOWER", found: found)
  }
}
