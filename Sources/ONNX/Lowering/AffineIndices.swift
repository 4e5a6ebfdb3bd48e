import Graph
import Tensors

/// Integers that grow by a step along each axis, of extents that may be open: how exporters number the elements of a
/// value whose batch is not known. None of it reaches the graph.
struct AffineIndices: Hashable {
  let element: ElementType
  let extents: [Dimension]
  /// One an axis; 0 along an extent of 1.
  let steps: [Dimension]
  let offset: Dimension

  init(_ element: ElementType, extents: [Dimension], steps: [Dimension], offset: Dimension) {
    self.element = element
    self.extents = extents
    self.steps = zip(extents, steps).map { $0 == 1 ? 0 : $1 }
    self.offset = offset
  }

  /// Nil where the integers do not grow so.
  init?(_ integers: IntegerTensor) {
    guard let offset = integers.elements.first else { return nil }
    let strides = Shape(integers.extents).strides
    let steps = integers.extents.indices.map { axis in
      integers.extents[axis] == 1 ? 0 : integers.elements[strides[axis]] - offset
    }
    for (position, element) in integers.elements.enumerated() {
      var (rest, expected) = (position, offset)
      for axis in steps.indices {
        expected = expected + Dimension(rest / strides[axis]) * steps[axis]
        rest %= strides[axis]
      }
      guard element == expected else { return nil }
    }
    self.init(
      integers.element, extents: integers.extents.map { Dimension($0) }, steps: steps, offset: offset)
  }

  /// The sum, element by element with broadcasting; nil where the extents do not fit.
  static func + (a: AffineIndices, b: AffineIndices) -> AffineIndices? {
    let rank = max(a.extents.count, b.extents.count)
    func widened(_ x: AffineIndices) -> (extents: [Dimension], steps: [Dimension]) {
      let missing = rank - x.extents.count
      return (
        [Dimension](repeating: 1, count: missing) + x.extents,
        [Dimension](repeating: 0, count: missing) + x.steps
      )
    }
    let (left, right) = (widened(a), widened(b))
    let pairs = zip(left.extents, right.extents)
    guard pairs.allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { return nil }
    return AffineIndices(
      a.element, extents: pairs.map { $0 == 1 ? $1 : $0 }, steps: zip(left.steps, right.steps).map { $0 + $1 },
      offset: a.offset + b.offset)
  }

  func scaled(by factor: Dimension) -> AffineIndices {
    AffineIndices(element, extents: extents, steps: steps.map { $0 * factor }, offset: offset * factor)
  }

  /// Under extents that differ by axes of extent 1 only; nil for others.
  func reshaped(_ extents: [Dimension]) -> AffineIndices? {
    let own = zip(self.extents, steps).filter { $0.0 != 1 }
    guard own.map(\.0) == extents.filter({ $0 != 1 }) else { return nil }
    var rest = own.map(\.1)[...]
    return AffineIndices(
      element, extents: extents, steps: extents.map { $0 == 1 ? 0 : rest.removeFirst() }, offset: offset)
  }

  /// Whether these number all elements of an axis of this extent, in their order.
  func numbers(all extent: Dimension) -> Bool {
    var step: Dimension = 1
    for (count, own) in zip(extents, steps).reversed() where count != 1 {
      guard own == step else { return false }
      step = step * count
    }
    return offset == 0 && step == extent
  }
}

extension AffineIndices: CustomStringConvertible {
  /// `i64 [N, 48] from 0 by [48, 1]`
  var description: String {
    let (extents, steps) = (Attributes.Value.dimensions(extents), Attributes.Value.dimensions(steps))
    return "\(element) \(extents) from \(offset) by \(steps)"
  }
}

extension NodeReader {
  /// An operand as integers that grow by steps; nil where it is something else.
  func indices(_ operand: Imported) -> AffineIndices? {
    if case .indices(let indices) = operand { return indices }
    return importer.integers(operand).flatMap { AffineIndices($0) }
  }

  /// The result of arithmetic where an operand has open extents; nil where none has, or the other one does not fit.
  func affine(
    _ combine: (AffineIndices, AffineIndices) -> AffineIndices?
  ) throws(LoweringError) -> AffineIndices? {
    let operands = [try operand(0), try operand(1)]
    guard operands.contains(where: { if case .indices = $0 { true } else { false } }),
      let a = indices(operands[0]), let b = indices(operands[1]), let result = combine(a, b)
    else { return nil }
    try importer.check(result.extents + result.steps + [result.offset], reference, mayBeNegative: true)
    return result
  }
}
