import Graph
import Tensors

// A router and what it weighs, written out: ONNX has no operators for them.

extension Writing {
  static let router = Writing(Router.self) { (_, node) throws(ExportError) in
    guard let groups = node.result.dimensions[1].constant, let experts = node.result.dimensions[2].constant else {
      throw .setting(node: node.label, expected: "known numbers of groups and experts", found: "\(node.result)")
    }
    let mean = node.mean(try node.operand(0), axis: 1)
    let hidden = node.gelu(try node.linear(mean, weight: 1, bias: 2), .exact)
    let logits = node.emit(
      "Reshape", [try node.linear(hidden, weight: 3, bias: 4), node.integers([0, groups, experts])])
    let scale = node.emit("Exp", [try node.reshaped(5, [groups, 1])])
    return node.emit("Softmax", [node.emit("Mul", [logits, scale])], ["axis": .int(-1)])
  }

  /// One product of a row of coefficients with the stack as a matrix.
  static let mixture = Writing(Mixture.self) { (op, node) throws(ExportError) in
    guard let stack = node.type(1).shape else {
      throw .setting(node: node.label, expected: "a stack of known extents", found: "\(node.type(1))")
    }
    let size = stack.count(1..<stack.rank)
    let row = node.slice(try node.operand(0), axis: 1, op.group, op.group + 1)
    let sum = node.emit("MatMul", [row, try node.reshaped(1, [stack[0], size])])
    return node.emit("Reshape", [sum, node.integers([0] + stack.extents.dropFirst())])
  }
}
