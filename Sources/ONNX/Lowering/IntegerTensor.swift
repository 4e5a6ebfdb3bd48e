import Graph
import Tensors

/// Integers that are known when a file is converted, up to the symbols of the inputs' extents: what shapes
/// are computed with. None of it reaches the graph.
struct IntegerTensor: Hashable, Sendable {
  /// `int64`, `int32` and the like, or `bool` with elements 0 and 1.
  let element: ElementType
  let extents: [Int]
  /// Row-major.
  let elements: [Dimension]

  /// Larger tensors of integers are data, not shapes.
  static let limit = 1 << 16

  /// Invariant: `elements` are as many as the extents ask for.
  init(_ element: ElementType = .int64, extents: [Int], _ elements: [Dimension]) {
    self.element = element
    self.extents = extents
    self.elements = elements
  }

  init(vector elements: [Dimension]) { self.init(extents: [elements.count], elements) }

  /// The elements of a stored tensor; nil where it is too large or holds no integers.
  init?(_ tensor: Tensor) {
    guard !tensor.type.isFloatingPoint, tensor.shape.elementCount <= IntegerTensor.limit else { return nil }
    let elements = tensor.withView { view in
      (0..<view.shape.elementCount).map { Dimension(view.integer(at: $0)) }
    }
    self.init(tensor.type, extents: tensor.shape.extents, elements)
  }

  /// The elements, where none depends on a symbol.
  var constants: [Int]? {
    let constants = elements.compactMap(\.constant)
    return constants.count == elements.count ? constants : nil
  }

  /// The same elements under other extents; nil where those ask for another number of them.
  func reshaped(_ extents: [Int]) -> IntegerTensor? {
    guard Shape(checking: extents)?.elementCount == elements.count else { return nil }
    return IntegerTensor(element, extents: extents, elements)
  }

  /// The elements repeated to larger extents; nil where extents do not fit or the result is too large.
  func broadcast(to target: [Int]) -> IntegerTensor? {
    guard let shape = Shape(checking: target), shape.elementCount <= IntegerTensor.limit,
      IntegerTensor.joint(extents, target) == target
    else { return nil }
    let own = Shape(extents).strides
    let missing = target.count - extents.count
    let elements = (0..<shape.elementCount).map { position in
      var (rest, from) = (position, 0)
      for axis in target.indices {
        let index = rest / shape.strides[axis]
        rest %= shape.strides[axis]
        if axis >= missing, extents[axis - missing] != 1 { from += index * own[axis - missing] }
      }
      return self.elements[from]
    }
    return IntegerTensor(element, extents: target, elements)
  }

  /// The extents that two shapes are broadcast to together; nil where they do not fit.
  static func joint(_ a: [Int], _ b: [Int]) -> [Int]? {
    var result: [Int] = []
    for axis in 0..<max(a.count, b.count) {
      let left = axis < a.count ? a[a.count - 1 - axis] : 1
      let right = axis < b.count ? b[b.count - 1 - axis] : 1
      guard left == right || left == 1 || right == 1 else { return nil }
      result.append(left == 1 ? right : left)
    }
    return result.reversed()
  }
}

extension IntegerTensor: CustomStringConvertible {
  /// `i64 [1, N]`
  var description: String {
    let list = elements.prefix(16).map(\.description).joined(separator: ", ")
    return "\(element) " + (extents.isEmpty ? list : "[\(list)\(elements.count > 16 ? ", …" : "")]")
  }
}
