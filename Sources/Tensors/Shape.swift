/// The extents of a dense, row-major tensor.
///
/// Invariant: no extent is negative, and the element count times eight (the widest element) fits in `Int`,
/// so arithmetic on a shape's own extents cannot overflow.
public struct Shape: Hashable, Sendable {
  public let extents: [Int]
  public let elementCount: Int

  /// Checks extents that come from outside: nil where one is negative or the product is out of range.
  public init?(checking extents: some Sequence<Int>) {
    let extents = Array(extents)
    guard extents.allSatisfy({ $0 >= 0 }) else { return nil }
    // Zero extents must not hide an overflowing product of the others: strides multiply those.
    var bound = 8
    for extent in extents where extent > 0 {
      let (product, overflow) = bound.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      bound = product
    }
    self.extents = extents
    self.elementCount = extents.contains(0) ? 0 : bound / 8
  }

  /// For extents that the program itself made; traps where they break the invariant.
  public init(_ extents: [Int]) {
    guard let shape = Shape(checking: extents) else {
      preconditionFailure("extents out of range: \(extents)")
    }
    self = shape
  }

  public var rank: Int { extents.count }

  public subscript(axis: Int) -> Int { extents[axis] }

  /// Row-major strides in elements.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * max(extents[axis + 1], 1)
    }
    return strides
  }

  /// Product of the extents of `axes`.
  public func count(_ axes: Range<Int>) -> Int { extents[axes].reduce(1, *) }
}

extension Shape: ExpressibleByArrayLiteral, CustomStringConvertible {
  public init(arrayLiteral extents: Int...) { self.init(extents) }

  /// `[2, 3, 224, 224]`
  public var description: String { "[" + extents.map(String.init).joined(separator: ", ") + "]" }
}
