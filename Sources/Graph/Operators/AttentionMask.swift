public import Tensors

/// What is added to an attention's scores: 0 where a query may see a key, minus infinity where not.
///
/// Operands, as far as they are there, in this order: a mask (bool, true where the key may be seen, or numbers that
/// are added) that broadcasts to `[N, h, l, …]`, keys behind its end being hidden; the number of keys of each image
/// `[N]`, integers; earlier keys `[N, h, p, d]`, of which only the extent p counts.
/// Result: `[N or 1, h or 1, l, m]`.
/// Query i stands at position i + offset among the keys: the offset is p, or for an image with a number of keys of
/// its own that number less l; 0 otherwise. Source: ONNX Attention-23 to 25.
public struct AttentionMask: Operator {
  public static let identifier = "attentionMask"
  public enum Operand: Int, CaseIterable, Sendable {
    case mask = 1
    case lengths = 2
    case past = 4
  }
  public let element: ElementType
  /// l and m.
  public let rows: Dimension
  public let columns: Dimension
  /// Whether keys behind a query's position are hidden.
  public let isCausal: Bool
  /// Keys that may be seen before and behind a query's position; nil for all of them.
  public let left: Int?
  public let right: Int?
  public let present: Set<Operand>

  public init(
    _ element: ElementType, rows: Dimension, columns: Dimension, isCausal: Bool, left: Int? = nil, right: Int? = nil,
    present: Set<Operand>
  ) {
    self.left = left
    self.right = right
    self.element = element
    self.rows = rows
    self.columns = columns
    self.isCausal = isCausal
    self.present = present
  }
  public init(attributes: Attributes) throws(TypeError) {
    let op = AttentionMask.identifier
    element = try attributes.element("element", of: op)
    let extents = try attributes.dimensions("extents", of: op)
    guard extents.count == 2 else {
      throw .attribute(op: op, name: "extents", expected: "two dimensions", found: "\(extents.count)")
    }
    (rows, columns) = (extents[0], extents[1])
    isCausal = try attributes.flag("causal", of: op)
    func window(_ name: String) throws(TypeError) -> Int? {
      guard attributes.values[name] != nil else { return nil }
      let count = try attributes.integer(name, of: op)
      guard (0...AttentionMask.windowLimit).contains(count) else {
        throw .attribute(op: op, name: name, expected: "a number of keys", found: "\(count)")
      }
      return count
    }
    left = try window("left")
    right = try window("right")
    let bits = try attributes.integer("operands", of: op)
    guard (0..<8).contains(bits) else {
      throw .attribute(op: op, name: "operands", expected: "a number from 0 to 7", found: "\(bits)")
    }
    present = Set(Operand.allCases.filter { bits & $0.rawValue != 0 })
  }
  public var attributes: Attributes {
    var values: [String: Attributes.Value] = [
      "element": .text("\(element)"), "extents": .dimensions([rows, columns]), "causal": .integer(isCausal ? 1 : 0),
      "operands": .integer(present.reduce(0) { $0 + $1.rawValue }),
    ]
    if let left { values["left"] = .integer(left) }
    if let right { values["right"] = .integer(right) }
    return Attributes(values)
  }

  /// Larger windows are refused, so that positions cannot overflow.
  public static let windowLimit = 1 << 40

  /// Which operand is which.
  private func place(_ operand: Operand) -> Int? {
    guard present.contains(operand) else { return nil }
    return Operand.allCases.filter { present.contains($0) && $0.rawValue < operand.rawValue }.count
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, present.count...present.count)
    var leading: [Dimension] = [1, 1]
    if let mask = place(.mask).map({ operands[$0] }) {
      if mask.element != .bool { try requireSame(mask, element, "mask") }
      guard (1...4).contains(mask.rank) else {
        throw .rank(op: identifier, operand: "mask", expected: "1 to 4", found: mask)
      }
      for axis in 0..<max(mask.rank - 2, 0) { leading[axis + 4 - mask.rank] = mask.dimensions[axis] }
      let row = mask.rank - 2
      if row >= 0, mask.dimensions[row] != 1 { try requireExtent(mask, row, rows, "mask") }
    }
    if let lengths = place(.lengths).map({ operands[$0] }) {
      try requireRank(lengths, 1, "lengths")
      guard lengths.element == .int64 || lengths.element == .int32 else {
        throw .elementType(op: identifier, operand: "lengths", expected: "integers", found: lengths)
      }
      guard leading[0] == 1 || leading[0] == lengths.dimensions[0] else {
        throw .extent(op: identifier, operand: "lengths", axis: 0, expected: "\(leading[0])", found: lengths)
      }
      leading[0] = lengths.dimensions[0]
    }
    if let past = place(.past).map({ operands[$0] }) { try requireRank(past, 4, "past") }
    return [TensorType(element, leading + [rows, columns])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let shape = results[0].shape
    let mask = place(.mask).map { operands[$0] }
    let lengths = place(.lengths).map { operands[$0] }
    let past = place(.past).map { operands[$0].shape[2] } ?? 0
    let (l, m) = (shape[2], shape[3])
    let width = mask?.shape.extents.last ?? m
    let index = mask.map { mask in
      BroadcastIndex(mask.shape, in: Shape(Array(shape.extents.dropLast()) + [width]))
    }
    for position in 0..<shape.elementCount {
      let (j, i) = (position % m, position / m % l)
      var value = 0.0
      if let mask, let index {
        if j >= width {
          value = -.infinity
        } else {
          let number = mask.number(at: index.position(position / m * width + j))
          value = mask.type == .bool ? (number == 0 ? -.infinity : 0) : number
        }
      }
      var offset = past
      if let lengths {
        let length = lengths.integer(at: lengths.shape[0] == 1 ? 0 : position / (m * l * shape[1]))
        if j >= length { value = -.infinity }
        if past == 0 { offset = max(length, -(1 << 40)) - l }
      }
      let place = i + min(offset, 1 << 40)
      if isCausal, j > place { value = -.infinity }
      if let left, j < place - left { value = -.infinity }
      if let right, j > place + right { value = -.infinity }
      results[0].store(value, at: position)
    }
  }
}
