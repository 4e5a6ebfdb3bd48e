import Graph
import Tensors

extension Writing {
  static let quantize = Writing(Quantize.self) { (op, node) throws(ExportError) in
    guard [.int8, .uint8].contains(op.element) || (op.element == .int16 && node.opset >= 21) else {
      throw .setting(
        node: node.label, expected: "i8 or u8, or i16 from operator set 21 on", found: "\(op.element)")
    }
    var operands = try node.operands()
    if operands.count == 2, op.element != .uint8 {
      // The type of the result is that of the zero point.
      guard let shape = node.type(1).shape else {
        throw .setting(node: node.label, expected: "scales of known extents", found: "\(node.type(1))")
      }
      let zeros = Tensor([Double](repeating: 0, count: shape.elementCount), shape: shape)
      operands.append(node.tensor(zeros.converted(to: op.element)))
    }
    return node.emit("QuantizeLinear", operands, try node.attributes(of: op.grid, node.type(1)))
  }

  static let dequantize = Writing(Dequantize.self) { (op, node) throws(ExportError) in
    guard node.type(0).element != .int64, node.type(0).element != .int16 || node.opset >= 21 else {
      throw .setting(
        node: node.label, expected: "i8, u8 or i32, or i16 from operator set 21 on", found: "\(node.type(0))")
    }
    return node.emit("DequantizeLinear", try node.operands(), try node.attributes(of: op.grid, node.type(1)))
  }

  static let quantizationRange = Writing(QuantizationRange.self) { (op, node) throws(ExportError) in
    let results = node.emit("DynamicQuantizeLinear", try node.operands(), [:], results: 3)
    return op.part == .scale ? results[1] : results[2]
  }
}

extension NodeWriter {
  fileprivate func attributes(
    of grid: QuantizationGrid, _ scale: TensorType
  ) throws(ExportError) -> [String: ONNXAttribute] {
    if scale.rank == 0 { return [:] }
    var attributes = ["axis": ONNXAttribute.int(Int64(grid.axis))]
    guard grid.block > 0 else { return attributes }
    guard opset >= 21 else {
      throw .setting(node: label, expected: "no blocks before operator set 21", found: "\(opset)")
    }
    attributes["block_size"] = .int(Int64(grid.block))
    return attributes
  }
}
