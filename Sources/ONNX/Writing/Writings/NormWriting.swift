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

  static let normalize = Writing(Normalize.self) { (op, node) throws(ExportError) in
    let x = try node.operand(0)
    let last = node.type(0).rank - 1
    func scaled(_ x: String) -> String {
      let squares = node.mean(node.emit("Mul", [x, x]), axis: last, keeps: true)
      let divisor = node.emit("Sqrt", [node.emit("Add", [squares, node.number(op.epsilon)])])
      return node.emit("Div", [x, divisor])
    }
    switch op.function {
    case .standard: return scaled(node.emit("Sub", [x, node.mean(x, axis: last, keeps: true)]))
    case .rootMeanSquare: return scaled(x)
    case .l1: return node.emit("LpNormalization", [x], ["axis": .int(-1), "p": .int(1)])
    case .l2: return node.emit("LpNormalization", [x], ["axis": .int(-1), "p": .int(2)])
    }
  }

  static let localResponseNorm = Writing(LocalResponseNorm.self) { (op, node) throws(ExportError) in
    node.emit(
      "LRN", try node.operands(),
      [
        "size": .int(Int64(op.size)), "alpha": .float(Float(op.alpha)), "beta": .float(Float(op.beta)),
        "bias": .float(Float(op.bias)),
      ])
  }

  static let logSoftmax = Writing(LogSoftmax.self) { (_, node) throws(ExportError) in
    node.emit("LogSoftmax", try node.operands(), ["axis": .int(-1)])
  }

  static let negativeLogLikelihood = Writing(NegativeLogLikelihood.self) { (op, node) throws(ExportError) in
    var attributes: [String: ONNXAttribute] = ["reduction": .string(op.reduction.rawValue)]
    if let ignored = op.ignored { attributes["ignore_index"] = .int(Int64(ignored)) }
    return node.emit("NegativeLogLikelihoodLoss", try node.operands(), attributes)
  }
}
