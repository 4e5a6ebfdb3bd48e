import Graph
import Tensors

extension Lowering {
  /// Attention with masks, grouped heads, caches and caps. https://onnx.ai/onnx/operators/onnx__Attention.html
  static let attention = Lowering("Attention", since: 23) { (node) throws(LoweringError) in
    try AttentionLowering(node).results()
  }

  /// https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html
  static let rotaryEmbedding = Lowering("RotaryEmbedding", since: 23) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let type = node.type(x)
    let heads = try node.int("num_heads", default: 0)
    let isInterleaved = try node.int("interleaved", default: 0) != 0
    let apart: Imported
    if type.rank == 4 {
      apart = try node.apply(Transpose([0, 2, 1, 3]), x)
    } else {
      apart = try node.heads(x, heads, 0)
    }
    let wanted = try node.int("rotary_embedding_dim", default: 0)
    var tables = [try node.operand(1), try node.operand(2)]
    if let half = node.type(tables[0]).dimensions.last, wanted != 0, half + half != Dimension(wanted) {
      throw .operand(
        node.reference, index: 1, expected: "half of rotary_embedding_dim = \(wanted) on the last axis",
        found: "\(node.type(tables[0]))")
    }
    if let positions = node.optional(3) { tables.append(positions) }
    let result = try node.apply(RotaryEmbedding(isInterleaved: isInterleaved), to: [apart] + tables)
    return [
      type.rank == 4
        ? try node.apply(Transpose([0, 2, 1, 3]), result) : try node.reshape(result, type.dimensions)
    ]
  }
}

extension NodeReader {
  /// `[N, l, h·d]` as `[N, l, h, d]`.
  fileprivate func heads(_ x: Imported, _ heads: Int, _ index: Int) throws(LoweringError) -> Imported {
    let type = type(x)
    guard type.rank == 3, heads > 0, let d = type.dimensions[2].dividedExactly(by: Dimension(heads)) else {
      throw .operand(
        reference, index: index, expected: "[N, h, l, d], or [N, l, h·d] with a number of heads that divides it",
        found: "\(type)")
    }
    return try reshape(x, Array(type.dimensions[..<2]) + [Dimension(heads), d])
  }
}

/// One Attention node.
private struct AttentionLowering {
  let node: NodeReader
  /// Whether operands and result are `[N, l, h·d]`.
  let isMerged: Bool
  let scale: Double
  let isCausal: Bool
  /// Keys that may be seen before and behind a query's position; nil for all of them.
  let left: Int?
  let right: Int?
  let cap: Double
  let mode: Int
  /// `[N, h, l, d]`, `[N, g, m, d]` and `[N, g, m, e]`, the keys and values with those of the cache.
  var q: Imported
  var k: Imported
  var v: Imported

  init(_ node: NodeReader) throws(LoweringError) {
    self.node = node
    isCausal = try node.int("is_causal", default: 0) != 0
    func window(_ name: String) throws(LoweringError) -> Int? {
      let count = try node.int(name, default: -1)
      guard (-1...AttentionMask.windowLimit).contains(count) else {
        throw .attribute(node.reference, name: name, expected: "a number of keys, or -1", found: "\(count)")
      }
      return count < 0 ? nil : count
    }
    left = try window("left_window_size")
    right = try window("right_window_size")
    cap = Double(writtenAs: try node.float("softcap") ?? 0)
    mode = try node.int("qk_matmul_output_mode", default: 0)
    // Sums are never narrower than the operands here.
    node.ignore("softmax_precision")
    guard (0...3).contains(mode), cap >= 0 else {
      throw .attribute(
        node.reference, name: "qk_matmul_output_mode", expected: "0 to 3, and a softcap of 0 or more",
        found: "\(mode) and \(cap)")
    }
    let counts = (try node.int("q_num_heads"), try node.int("kv_num_heads"))
    let isMerged = node.type(try node.operand(0)).rank == 3
    self.isMerged = isMerged
    func part(_ index: Int, _ heads: Int?) throws(LoweringError) -> Imported {
      let operand = try node.operand(index)
      if isMerged { return try node.apply(Transpose([0, 2, 1, 3]), node.heads(operand, heads ?? 0, index)) }
      guard node.type(operand).rank == 4 else {
        throw .operand(
          node.reference, index: index, expected: "[N, h, l, d]", found: "\(node.type(operand))")
      }
      return operand
    }
    q = try part(0, counts.0)
    k = try part(1, counts.1)
    v = try part(2, counts.1)
    if let past = node.optional(4) { k = try node.apply(Concat(axis: 2), past, k) }
    if let past = node.optional(5) { v = try node.apply(Concat(axis: 2), past, v) }
    guard let d = node.type(q).dimensions[3].constant, d > 0 else {
      throw .operand(
        node.reference, index: 0, expected: "a known number of channels a head", found: "\(node.type(q))")
    }
    scale = try node.float("scale").map { Double(writtenAs: $0) } ?? 1 / Double(d).squareRoot()
  }

  func results() throws(LoweringError) -> [Imported] {
    let wanted = node.node.outputs.count > 3 && !node.node.outputs[3].isEmpty
    let mask = try mask()
    if !wanted, cap == 0, let fused = try fused(mask) { return [fused, k, v] }
    var keys = k
    var values = v
    let (queries, groups) = (node.type(q).dimensions[1], node.type(k).dimensions[1])
    if queries != groups {
      guard let each = queries.dividedExactly(by: groups) else {
        throw .operand(
          node.reference, index: 1, expected: "a number of heads that divides \(queries)",
          found: "\(node.type(k))")
      }
      keys = try repeated(k, each)
      values = try repeated(v, each)
    }
    let element = node.type(q).element
    // Both sides are scaled by the root, as the standard says: it keeps half-precision products small.
    let root = node.constant(scale.squareRoot(), element, "scale")
    let left = try node.apply(Binary(.multiply), q, root)
    let right = try node.apply(Binary(.multiply), node.apply(Transpose([0, 1, 3, 2]), keys), root)
    var scores = try node.apply(MatMul(), left, right)
    var shown = scores
    if cap > 0 {
      let number = node.constant(cap, element, "cap")
      scores = try node.apply(
        Binary(.multiply), node.apply(Unary(.tanh), node.apply(Binary(.divide), scores, number)), number)
    }
    if mode == 1 { shown = scores }
    let weights: Imported
    if let mask {
      if mode == 2 { shown = try node.apply(Binary(.add), scores, mask) }
      weights = try node.apply(MaskedSoftmax(), scores, mask)
    } else {
      if mode == 2 { shown = scores }
      weights = try node.apply(Softmax(), scores)
    }
    if mode == 3 { shown = weights }
    return [try merged(node.apply(MatMul(), weights, values)), k, v, shown]
  }

  private func mask() throws(LoweringError) -> Imported? {
    var operands: [Imported] = []
    var present: Set<AttentionMask.Operand> = []
    if let mask = node.optional(3) {
      operands.append(mask)
      present.insert(.mask)
    }
    if let lengths = node.optional(6) {
      operands.append(lengths)
      present.insert(.lengths)
    }
    let looksAtPlaces = isCausal || left != nil || right != nil
    if let past = node.optional(4), looksAtPlaces {
      operands.append(past)
      present.insert(.past)
    }
    guard looksAtPlaces || !present.isEmpty else { return nil }
    let mask = AttentionMask(
      node.type(q).element, rows: node.type(q).dimensions[2], columns: node.type(k).dimensions[2],
      isCausal: isCausal, left: left, right: right, present: present)
    return try node.apply(mask, to: operands)
  }

  /// The one operator for the whole, where it can do it: heads of one kind, and no row that sees nothing.
  private func fused(_ mask: Imported?) throws(LoweringError) -> Imported? {
    let (own, keys) = (node.type(q), node.type(k))
    let isOpen = node.optional(3) != nil || node.optional(6) != nil || left != nil || right != nil
    guard own.dimensions[1] == keys.dimensions[1], own.dimensions[3] == keys.dimensions[3],
      node.type(v) == keys, !isOpen, let heads = own.dimensions[1].constant
    else { return nil }
    func together(_ part: Imported) throws(LoweringError) -> Imported {
      let apart = try node.apply(Transpose([0, 2, 1, 3]), part)
      let dimensions = node.type(apart).dimensions
      return try node.reshape(apart, [dimensions[0], dimensions[1], dimensions[2] * dimensions[3]])
    }
    let parts = [try together(q), try together(k), try together(v)]
    let result = try node.apply(Attention(heads: heads, scale: scale), to: parts + (mask.map { [$0] } ?? []))
    if isMerged { return result }
    let split = [own.dimensions[0], own.dimensions[2], own.dimensions[1], own.dimensions[3]]
    return try node.apply(Transpose([0, 2, 1, 3]), node.reshape(result, split))
  }

  /// Each head of keys or values several times in a row.
  private func repeated(_ part: Imported, _ count: Dimension) throws(LoweringError) -> Imported {
    let own = node.type(part).dimensions
    let single = try node.reshape(part, [own[0], own[1], 1, own[2], own[3]])
    let all = try node.apply(Broadcast([own[0], own[1], count, own[2], own[3]]), single)
    return try node.reshape(all, [own[0], own[1] * count, own[2], own[3]])
  }

  private func merged(_ result: Imported) throws(LoweringError) -> Imported {
    guard isMerged else { return result }
    let apart = try node.apply(Transpose([0, 2, 1, 3]), result)
    let own = node.type(apart).dimensions
    return try node.reshape(apart, [own[0], own[1], own[2] * own[3]])
  }
}
