import Graph
import Tensors

extension Writing {
  static let matMul = Writing(MatMul.self) { (_, node) throws(ExportError) in
    node.emit("MatMul", try node.operands())
  }

  /// The weight is transposed in the file.
  static let linear = Writing(Linear.self) { (_, node) throws(ExportError) in
    try node.linear(node.operand(0), weight: 1, bias: node.operandCount == 3 ? 2 : nil)
  }

  static let linearPerImage = Writing(LinearPerImage.self) { (_, node) throws(ExportError) in
    node.emit("MatMul", [try node.operand(0), try node.transposed(1, [0, 2, 1])])
  }
}
