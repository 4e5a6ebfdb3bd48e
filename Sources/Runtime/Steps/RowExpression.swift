import Graph
import Tensors

/// Sums, products and layer normalisations that are computed together, a few rows of the result at a time, so
/// that what lies between them stays in the cache. Every operation is that of the step it replaces, bit for bit.
indirect enum RowExpression {
  /// A value of the result's own size, or one that is repeated whole to fill it.
  case repeated(ValueID, count: Int)
  /// One number for each row, `stride` apart.
  case perRow(ValueID, start: Int, stride: Int)
  case binary(Binary.Function, RowExpression, RowExpression)
  case layerNorm(RowExpression, gamma: ValueID, beta: ValueID, epsilon: Float)

  /// The operations in the order in which they run: what the step is called in a profile.
  var label: String {
    switch self {
    case .repeated, .perRow: ""
    case .binary(let function, let a, let b):
      [a.label, b.label, function.rawValue].filter { !$0.isEmpty }.joined(separator: "+")
    case .layerNorm(let x, _, _, _): [x.label, "layerNorm"].filter { !$0.isEmpty }.joined(separator: "+")
    }
  }

  /// Operations on the longest way to a leaf.
  var depth: Int {
    switch self {
    case .repeated, .perRow: 0
    case .binary(_, let a, let b): 1 + max(a.depth, b.depth)
    case .layerNorm(let x, _, _, _): 1 + x.depth
    }
  }

  /// Whether rows of the last axis are needed, not just runs of elements.
  private var needsLastAxis: Bool {
    switch self {
    case .repeated: false
    case .perRow, .layerNorm: true
    case .binary(_, let a, let b): a.needsLastAxis || b.needsLastAxis
    }
  }

  /// The element counts of what is repeated.
  private var counts: [Int] {
    switch self {
    case .repeated(_, let count): [count]
    case .perRow: []
    case .binary(_, let a, let b): a.counts + b.counts
    case .layerNorm(let x, _, _, _): x.counts
    }
  }

  /// Elements of a row: the last axis, or several axes where short rows would be nothing but overhead.
  func columns(_ result: Shape) -> Int {
    let shortest = 64
    var columns = result.extents.last ?? 1
    guard !needsLastAxis else { return columns }
    for extent in result.extents.dropLast().reversed() where columns < shortest {
      let wider = max(columns * extent, 1)
      guard counts.allSatisfy({ $0 == 1 || $0 % wider == 0 }) else { break }
      columns = wider
    }
    return columns
  }
}
