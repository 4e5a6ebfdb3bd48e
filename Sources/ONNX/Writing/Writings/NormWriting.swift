import Graph
import Tensors

extension Writing {
  static let layerNorm = Writing(LayerNorm.self) { (op, node) throws(ExportError) in
    node.emit(
      "LayerNormalization", try node.operands(), ["axis": .int(-1), "epsilon": .float(Float(op.epsilon))])
  }

  static let mean = Writing(Mean.self) { (op, node) throws(ExportError) in
    node.mean(try node.operand(0), axis: op.axis)
  }

  static let globalResponseNorm = Writing(GlobalResponseNorm.self) { (op, node) throws(ExportError) in
    let x = try node.operand(0)
    let rank = node.type(0).rank
    let norms = node.reduce("ReduceL2", x, Array(1..<rank - 1), keeps: true, axesAreOperandsSince: 18)
    let mean = node.emit("Add", [node.mean(norms, axis: rank - 1, keeps: true), node.number(op.epsilon)])
    let scaled = node.emit("Mul", [node.emit("Mul", [x, node.emit("Div", [norms, mean])]), try node.operand(1)])
    return node.emit("Add", [node.emit("Add", [scaled, try node.operand(2)]), x])
  }
}
