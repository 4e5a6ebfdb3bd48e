public import Tensors

/// The first rows of a tensor, as many as the network computes: where extents that depend on data come from.
///
/// Operands: x `[m, …]`, count, one integer. Result: `[symbol, …]`, the first rows of x; the count is kept within 0
/// and m. The node *defines* the symbol, which other nodes may then use in their extents. An operator that finds an
/// unknown number of things gives as many rows as there can be, and this one cuts them to those that are there.
///
/// A graph is planned for concrete extents, so a session computes what comes before such nodes first, reads the
/// counts, and plans the rest for them. Source: none; ONNX leaves it to each operator (NonMaxSuppression-11).
public struct LeadingRows: Operator {
  public static let identifier = "leadingRows"
  public let symbol: String

  public init(symbol: String) { self.symbol = symbol }
  public init(attributes: Attributes) throws(TypeError) {
    let extents = try attributes.dimensions("symbol", of: LeadingRows.identifier)
    guard extents.count == 1, let name = extents[0].symbols.first, extents[0] == .symbol(name) else {
      throw .attribute(
        op: LeadingRows.identifier, name: "symbol", expected: "a symbol",
        found: "\(Attributes.Value.dimensions(extents))")
    }
    symbol = name
  }
  public var attributes: Attributes { Attributes(["symbol": .dimensions([.symbol(symbol)])]) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 2...2)
    let (x, count) = (operands[0], operands[1])
    guard x.rank > 0 else { throw .rank(op: identifier, operand: "x", expected: "1 or more", found: x) }
    guard count.element == .int64 || count.element == .int32 else {
      throw .elementType(op: identifier, operand: "count", expected: "integers", found: count)
    }
    guard count.elementCount == 1 else {
      throw .rank(op: identifier, operand: "count", expected: "0, or one element", found: count)
    }
    var result = x
    result.dimensions[0] = .symbol(symbol)
    return [result]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let bytes = UnsafeRawBufferPointer(rebasing: operands[0].bytes[..<results[0].bytes.count])
    results[0].bytes.copyMemory(from: bytes)
  }
}
