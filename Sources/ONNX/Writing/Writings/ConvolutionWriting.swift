import Graph
import Tensors

extension Writing {
  static let conv2d = Writing(Conv2d.self) { (op, node) throws(ExportError) in
    node.emit(
      "Conv", try node.operands(),
      [
        "strides": .ints(op.strides.map(Int64.init)), "pads": .ints((op.padding + op.padding).map(Int64.init)),
      ])
  }

  /// One kernel for all images is a Conv with a group for each channel, which wants channels first. With a kernel
  /// for each image no attribute may count the images, so that one is written out.
  static let depthwiseConv = Writing(DepthwiseConv.self) { (_, node) throws(ExportError) in
    let weight = node.type(1).dimensions
    guard let c = node.type(0).dimensions[3].constant, let k = weight.last?.constant else {
      throw .setting(node: node.label, expected: "a known number of channels", found: "\(node.type(0))")
    }
    if weight.count == 5 {
      let result = try node.perImage(channels: c, kernel: k)
      return node.operandCount == 3 ? node.emit("Add", [result, try node.operand(2)]) : result
    }
    let pads = ONNXAttribute.ints([Int64](repeating: Int64(k / 2), count: 4))
    var operands = try node.operands()
    operands[0] = node.transpose(operands[0], [0, 3, 1, 2])
    return node.transpose(node.emit("Conv", operands, ["group": .int(Int64(c)), "pads": pads]), [0, 2, 3, 1])
  }
}

extension NodeWriter {
  /// The depthwise convolution with a kernel for each image, x `[N, h, w, c]` and weight `[N, c, 1, k, k]`.
  ///
  /// The columns that a kernel's row meets are laid beside each other as k·c channels once; each row of the kernel
  /// is then one product with a range of the map's rows, and the k columns are added at the end:
  /// y = Σ_dx Σ_dy x[row + dy, column + dx] · weight[dy, dx].
  fileprivate func perImage(channels c: Int, kernel k: Int) throws(ExportError) -> String {
    let p = k / 2
    func end(_ offset: Int) -> Int { offset == 2 * p ? NodeWriter.axisEnd : offset - 2 * p }
    var map = try operand(0)
    if p > 0 { map = emit("Pad", [map, integers([0, p, p, 0, 0, p, p, 0])]) }
    let columns = k == 1 ? [map] : (0..<k).map { slice(map, axis: 2, $0, end($0)) }
    let wide = k == 1 ? map : emit("Concat", columns, ["axis": .int(3)])
    let kernels = emit("Reshape", [transpose(try operand(1), [0, 3, 4, 2, 1]), integers([0, k, 1, k * c])])
    let rows =
      k == 1
      ? [kernels]
      : emit(
        "Split", [kernels, integers([Int](repeating: 1, count: k))], ["axis": .int(1)], results: k)
    var sum: String?
    for (dy, row) in rows.enumerated() {
      let part = k == 1 ? wide : slice(wide, axis: 1, dy, end(dy))
      let product = emit("Mul", [part, row])
      sum = sum.map { emit("Add", [$0, product]) } ?? product
    }
    guard let sum, k > 1 else { return sum ?? wide }
    let split = emit("Reshape", [sum, integers([0, 0, 0, k, c])])
    return emit("Mul", [mean(split, axis: 3), number(Double(k))])
  }
}
