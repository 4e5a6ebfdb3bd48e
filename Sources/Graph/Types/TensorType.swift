public import Tensors

/// What is known of a value before the graph runs: element type and extents, some of them symbolic.
public struct TensorType: Hashable, Sendable {
  public var element: ElementType
  public var dimensions: [Dimension]

  public init(_ element: ElementType, _ dimensions: [Dimension]) {
    self.element = element
    self.dimensions = dimensions
  }

  public init(_ element: ElementType, _ shape: Shape) {
    self.init(element, shape.extents.map { Dimension($0) })
  }

  public var rank: Int { dimensions.count }

  public var elementCount: Dimension { dimensions.reduce(1, *) }

  /// Whether both types have as many elements. Extents that both have are no part of the products: those are dear where
  /// extents are symbolic, and most reshapes change few.
  func hasAsManyElements(as other: TensorType) -> Bool {
    var (own, others): ([Dimension], [Dimension]) = ([], other.dimensions)
    for dimension in dimensions {
      if let same = others.firstIndex(of: dimension) { others.remove(at: same) } else { own.append(dimension) }
    }
    // An extent of zero makes all others equal.
    return Dimension.haveSameProduct(own, others) || elementCount == other.elementCount
  }

  /// The shape, where no extent is symbolic.
  public var shape: Shape? {
    let extents = dimensions.compactMap(\.constant)
    return extents.count == rank ? Shape(checking: extents) : nil
  }

  /// The shape for these values of the symbols; nil where one is missing or the result is no valid shape.
  public func shape(_ bindings: [String: Int]) -> Shape? {
    let extents = dimensions.compactMap { $0.evaluated(bindings) }
    return extents.count == rank ? Shape(checking: extents) : nil
  }

  /// Turns an axis that may count from the end (-1 is the last) into 0..<rank; nil where it is out of range.
  public func axis(_ axis: Int) -> Int? {
    let normalized = axis < 0 ? axis + rank : axis
    return (0..<rank).contains(normalized) ? normalized : nil
  }
}

extension TensorType: CustomStringConvertible {
  /// `f32 [N, 197, 768]`
  public var description: String { "\(element) [" + dimensions.map(\.description).joined(separator: ", ") + "]" }
}
