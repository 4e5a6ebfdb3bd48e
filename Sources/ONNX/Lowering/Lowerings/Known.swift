import Graph
import Tensors

// Operators whose results' extents depend on numbers, so that those must be known when the file is converted.

extension Lowering {
  /// The indices of elements that are not zero. https://onnx.ai/onnx/operators/onnx__NonZero.html
  static let nonZero = Lowering("NonZero", since: 9) { (node) throws(LoweringError) in
    let numbers = try node.knownNumbers(0)
    let extents = node.type(try node.operand(0)).dimensions.compactMap(\.constant)
    let strides = Shape(extents).strides
    let places = numbers.indices.filter { numbers[$0] != 0 }
    let indices = extents.indices.flatMap { axis in
      places.map { Int64($0 / strides[axis] % max(extents[axis], 1)) }
    }
    return [node.constant(Tensor(indices, shape: [extents.count, places.count]))]
  }

  /// Different slices of an axis, or elements, and where they stand. https://onnx.ai/onnx/operators/onnx__Unique.html
  static let unique = Lowering("Unique", since: 11) { (node) throws(LoweringError) in
    let numbers = try node.knownNumbers(0)
    let type = node.type(try node.operand(0))
    let stated = try node.int("axis")
    let isSorted = try node.int("sorted", default: 1) != 0
    let shape = stated == nil ? Shape([numbers.count]) : type.shape ?? []
    let axis = try stated.map { (stated) throws(LoweringError) in try node.axis(stated, rank: type.rank) } ?? 0
    let (extent, inner) = (shape[axis], shape.count(axis + 1..<shape.rank))
    let slices = (0..<extent).map { index in
      (0..<shape.count(0..<axis) * inner).map { numbers[($0 / inner * extent + index) * inner + $0 % inner] }
    }
    var first: [[Double]: Int] = [:]
    var order: [[Double]] = []
    for (index, slice) in slices.enumerated() where first.updateValue(first[slice] ?? index, forKey: slice) == nil {
      order.append(slice)
    }
    if isSorted { order.sort { $0.lexicographicallyPrecedes($1) } }
    let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    let inverse = slices.map { places[$0] ?? 0 }
    let counts = order.indices.map { place in inverse.count { $0 == place } }
    let indices = order.map { first[$0] ?? 0 }
    let flat = stated == nil ? try node.reshape(node.operand(0), [Dimension(numbers.count)]) : try node.operand(0)
    func list(_ values: [Int]) -> Imported {
      node.constant(Tensor(values.map { Int64($0) }, shape: [values.count]))
    }
    return [try node.picked(flat, axis, indices), list(indices), list(inverse), list(counts)]
  }
}
