import Graph
import Tensors

extension Writing {
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

  /// Rows of which nothing may be seen have no softmax; they give zeros.
  static let maskedSoftmax = Writing(MaskedSoftmax.self) { (_, node) throws(ExportError) in
    let bias = try node.operand(1)
    let last = node.type(1).rank - 1
    let weights = node.emit("Softmax", [node.emit("Add", [try node.operand(0), bias])], ["axis": .int(-1)])
    guard last >= 0 else { return weights }
    let largest = node.reduce("ReduceMax", bias, [last], keeps: true, axesAreOperandsSince: 18)
    let isHidden = node.emit("Equal", [largest, node.number(-.infinity)])
    return node.emit("Where", [isHidden, node.number(0), weights])
  }

  static let attentionMask = Writing(AttentionMask.self) { (op, node) throws(ExportError) in
    let shape = node.result.dimensions
    let (seen, hidden) = (node.number(0), node.number(-.infinity))
    var next = 0
    func operand(_ operand: AttentionMask.Operand) throws(ExportError) -> (name: String, type: TensorType)? {
      guard op.present.contains(operand) else { return nil }
      defer { next += 1 }
      return (try node.operand(next), node.type(next))
    }
    var mask = seen
    if let given = try operand(.mask) {
      mask = given.name
      if given.type.element == .bool { mask = node.emit("Where", [mask, seen, hidden]) }
      // Fewer columns are widened by hidden ones, further ones cut off.
      let missing = op.columns - given.type.dimensions[given.type.rank - 1]
      if missing != 0 {
        let before = [Dimension](repeating: 0, count: 2 * given.type.rank - 1)
        mask = node.emit("Pad", [mask, try node.extents(before + [missing]), hidden])
      }
    }
    let (first, step) = (node.number(0, .int64), node.number(1, .int64))
    func places(_ count: Dimension) throws(ExportError) -> String {
      let end = node.emit("Squeeze", [try node.extents([count]), node.integers([0])])
      return node.emit("Range", [first, end, step])
    }
    var offset = first
    let columns = try places(op.columns)
    if let given = try operand(.lengths) {
      let wide = node.emit("Cast", [given.name], ["to": .int(Int64(ElementKind.int64.rawValue))])
      let lengths = node.emit("Unsqueeze", [wide, node.integers([1, 2, 3])])
      mask = node.emit("Where", [node.emit("Less", [columns, lengths]), mask, hidden])
      offset = node.emit("Sub", [lengths, try node.extents([op.rows])])
    }
    if let past = try operand(.past) {
      let count = try node.extents([past.type.dimensions[2]])
      // Without earlier keys the numbers of keys say where queries stand.
      offset =
        op.present.contains(.lengths)
        ? node.emit("Where", [node.emit("Equal", [count, node.integers([0])]), offset, count]) : count
    }
    if op.isCausal {
      let rows = node.emit("Unsqueeze", [try places(op.rows), node.integers([1])])
      let isLater = node.emit("Greater", [columns, node.emit("Add", [rows, offset])])
      mask = node.emit("Where", [isLater, hidden, mask])
    }
    return node.emit("Expand", [mask, try node.extents(shape)])
  }

  static let rotaryEmbedding = Writing(RotaryEmbedding.self) { (op, node) throws(ExportError) in
    let (x, type) = (try node.operand(0), node.type(0))
    guard let half = node.type(1).dimensions.last?.constant, half > 0 else {
      throw .setting(node: node.label, expected: "a known number of angles above 0", found: "\(node.type(1))")
    }
    // [N, l, 1, r/2], and an axis for the pair where its two stand side by side.
    func angles(_ index: Int) throws(ExportError) -> String {
      var table = try node.operand(index)
      if node.operandCount == 4 { table = node.emit("Gather", [table, try node.operand(3)], ["axis": .int(0)]) }
      return node.emit("Unsqueeze", [table, node.integers(op.isInterleaved ? [2, 4] : [2])])
    }
    let (cos, sin) = (try angles(1), try angles(2))
    let isWhole = type.dimensions[3] == Dimension(2 * half)
    var pairs = isWhole ? x : node.slice(x, axis: 3, 0, 2 * half)
    if op.isInterleaved { pairs = node.emit("Reshape", [pairs, node.integers([0, 0, 0, half, 2])]) }
    let (axis, end) = op.isInterleaved ? (4, 1) : (3, half)
    let (a, b) = (node.slice(pairs, axis: axis, 0, end), node.slice(pairs, axis: axis, end, 2 * end))
    let left = node.emit("Sub", [node.emit("Mul", [cos, a]), node.emit("Mul", [sin, b])])
    let right = node.emit("Add", [node.emit("Mul", [sin, a]), node.emit("Mul", [cos, b])])
    var turned = node.emit("Concat", [left, right], ["axis": .int(Int64(axis))])
    if op.isInterleaved { turned = node.emit("Reshape", [turned, node.integers([0, 0, 0, 2 * half])]) }
    if isWhole { return turned }
    let rest = node.slice(x, axis: 3, 2 * half, NodeWriter.axisEnd)
    return node.emit("Concat", [turned, rest], ["axis": .int(3)])
  }
}
