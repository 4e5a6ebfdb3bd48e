import Graph
import Tensors

extension Writing {
  static let batchNorm = Writing(BatchNorm.self) { (op, node) throws(ExportError) in
    node.emit("BatchNormalization", try node.operands(), ["epsilon": .float(Float(op.epsilon))])
  }

  /// Products with a matrix of shares for each axis; ONNX has no such pooling.
  static let adaptivePool = Writing(AdaptivePool.self) { (op, node) throws(ExportError) in
    let type = node.type(0)
    var x = try node.operand(0)
    for (place, size) in op.sizes.enumerated() {
      let axis = place + 2
      guard let extent = type.dimensions[axis].constant, type.element == .float32 else {
        throw .setting(node: node.label, expected: "float32 maps of a fixed size", found: "\(type)")
      }
      var shares = [Float](repeating: 0, count: extent * size)
      for index in 0..<size {
        let part = AdaptivePool.part(index, of: size, extent: extent)
        for element in part { shares[element * size + index] = 1 / Float(part.count) }
      }
      var order = Array(0..<type.rank)
      order.swapAt(axis, type.rank - 1)
      let matrix = node.tensor(Tensor(shares, shape: [extent, size]))
      let last = axis == type.rank - 1
      let product = node.emit("MatMul", [last ? x : node.transpose(x, order), matrix])
      x = last ? product : node.transpose(product, order)
    }
    return x
  }
}
