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

  /// Heads are moved before the tokens; a reshape that copies the leading axes keeps them open.
  static let attention = Writing(Attention.self) { (op, node) throws(ExportError) in
    let rank = node.type(0).rank
    guard let width = node.type(0).dimensions[rank - 1].constant else {
      throw .setting(node: node.label, expected: "a known width", found: "\(node.type(0))")
    }
    let leading = Array(0..<rank - 2)
    let kept = [Int](repeating: 0, count: rank - 1)
    let split = node.integers(kept + [op.heads, width / op.heads])
    let (tokens, heads, channels) = (rank - 2, rank - 1, rank)
    func part(_ index: Int, _ last: [Int]) throws(ExportError) -> String {
      node.transpose(node.emit("Reshape", [try node.operand(index), split]), leading + [heads] + last)
    }
    let q = node.emit("Mul", [try part(0, [tokens, channels]), node.number(op.scale)])
    var scores = node.emit("MatMul", [q, try part(1, [channels, tokens])])
    for bias in 3..<max(node.operandCount, 3) { scores = node.emit("Add", [scores, try node.operand(bias)]) }
    let weights = node.emit("Softmax", [scores], ["axis": .int(-1)])
    let mixed = node.emit("MatMul", [weights, try part(2, [tokens, channels])])
    let joined = node.transpose(mixed, leading + [heads, tokens, channels])
    return node.emit("Reshape", [joined, node.integers(kept + [width])])
  }
}
