import Graph
import Tensors

// Convolutions and poolings: operators that look at windows of a map.

extension Windows {
  /// As attributes of ONNX; `dilations` only where they say something, as not every version has them.
  fileprivate var written: [String: ONNXAttribute] {
    var attributes: [String: ONNXAttribute] = [
      "strides": .ints(strides.map(Int64.init)), "pads": .ints((before + after).map(Int64.init)),
    ]
    if isDilated { attributes["dilations"] = .ints(dilations.map(Int64.init)) }
    return attributes
  }

  fileprivate var isDilated: Bool { dilations.contains { $0 != 1 } }
}

extension Writing {
  static let convolution = Writing(Convolution.self) { (op, node) throws(ExportError) in
    var attributes = op.windows.written
    attributes["group"] = .int(Int64(op.groups))
    return node.emit("Conv", try node.operands(), attributes)
  }

  static let convTranspose = Writing(ConvTranspose.self) { (op, node) throws(ExportError) in
    var attributes = op.windows.written
    attributes["group"] = .int(Int64(op.groups))
    attributes["output_padding"] = .ints(op.extra.map(Int64.init))
    return node.emit("ConvTranspose", try node.operands(), attributes)
  }

  static let pool = Writing(Pool.self) { (op, node) throws(ExportError) in
    var attributes = op.windows.written
    attributes["kernel_shape"] = .ints(op.kernel.map(Int64.init))
    if op.roundsUp { attributes["ceil_mode"] = .int(1) }
    func require(_ condition: Bool, since opset: Int) throws(ExportError) {
      guard condition || node.opset >= opset else {
        throw .setting(
          node: node.label, expected: "no dilation and no rounding up before operator set \(opset)",
          found: "operator set \(node.opset)")
      }
    }
    let x = [try node.operand(0)]
    switch op.function {
    case .max: return node.emit("MaxPool", x, attributes)
    case .indexOfMax, .columnMajorIndexOfMax:
      if op.function == .columnMajorIndexOfMax { attributes["storage_order"] = .int(1) }
      return node.emit("MaxPool", x, attributes, results: 2)[1]
    case .average, .averageWithPadding:
      try require(!op.windows.isDilated, since: 19)
      attributes["count_include_pad"] = .int(op.function == .average ? 0 : 1)
      return node.emit("AveragePool", x, attributes)
    case .norm:
      try require(!op.windows.isDilated && !op.roundsUp, since: 18)
      attributes["p"] = .int(Int64(op.power))
      return node.emit("LpPool", x, attributes)
    }
  }
}
