import Graph
import Tensors

// Reductions: with axes as an attribute, or from some version on as an operand.
// https://onnx.ai/onnx/operators/onnx__ReduceSum.html and the like.

extension Lowering {
  static let reduceL1 = reduction("ReduceL1", through: 17, .l1)
  static let reduceL1WithAxes = reduction("ReduceL1", since: 18, .l1)
  static let reduceL2 = reduction("ReduceL2", through: 17, .l2)
  static let reduceL2WithAxes = reduction("ReduceL2", since: 18, .l2)
  static let reduceLogSum = reduction("ReduceLogSum", through: 17, .logSum)
  static let reduceLogSumWithAxes = reduction("ReduceLogSum", since: 18, .logSum)
  static let reduceLogSumExp = reduction("ReduceLogSumExp", through: 17, .logSumExp)
  static let reduceLogSumExpWithAxes = reduction("ReduceLogSumExp", since: 18, .logSumExp)
  static let reduceMax = reduction("ReduceMax", through: 17, .maximum)
  static let reduceMaxWithAxes = reduction("ReduceMax", since: 18, .maximum)
  static let reduceMean = reduction("ReduceMean", through: 17, .mean)
  static let reduceMeanWithAxes = reduction("ReduceMean", since: 18, .mean)
  static let reduceMin = reduction("ReduceMin", through: 17, .minimum)
  static let reduceMinWithAxes = reduction("ReduceMin", since: 18, .minimum)
  static let reduceProd = reduction("ReduceProd", through: 17, .product)
  static let reduceProdWithAxes = reduction("ReduceProd", since: 18, .product)
  static let reduceSum = reduction("ReduceSum", through: 12, .sum)
  static let reduceSumWithAxes = reduction("ReduceSum", since: 13, .sum)
  static let reduceSumSquare = reduction("ReduceSumSquare", through: 17, .sumOfSquares)
  static let reduceSumSquareWithAxes = reduction("ReduceSumSquare", since: 18, .sumOfSquares)

  fileprivate enum Reduction { case l1, l2, logSum, logSumExp, maximum, mean, minimum, product, sum, sumOfSquares }

  private static func reduction(_ op: String, through: Int, _ function: Reduction) -> Lowering {
    Lowering(op, since: 1, through: through) { (node) throws(LoweringError) in
      let axes = try node.ints("axes")
      return [try node.reduced(function, axes)]
    }
  }

  private static func reduction(_ op: String, since: Int, _ function: Reduction) -> Lowering {
    Lowering(op, since: since) { (node) throws(LoweringError) in
      guard let axes = try node.reducedAxes() else { return [try node.operand(0)] }
      return [try node.reduced(function, axes.isEmpty ? nil : axes)]
    }
  }

  /// GlobalAveragePool: the mean over all axes but batch and channels.
  /// https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html
  static let globalAveragePool = Lowering("GlobalAveragePool", since: 1) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let type = node.type(x)
    let axes = Array(2..<max(type.rank, 2))
    return [try node.reshape(node.mean(x, axes), type.dimensions.enumerated().map { $0 < 2 ? $1 : 1 })]
  }

  /// The place of the largest element. https://onnx.ai/onnx/operators/onnx__ArgMax.html
  static let argMax = Lowering("ArgMax", since: 1) { (node) throws(LoweringError) in
    [try node.place(isLargest: true)]
  }

  /// https://onnx.ai/onnx/operators/onnx__ArgMin.html
  static let argMin = Lowering("ArgMin", since: 1) { (node) throws(LoweringError) in
    [try node.place(isLargest: false)]
  }
}

extension NodeReader {
  /// The axes that operand 1 lists; empty stands for all of them, nil for none.
  fileprivate func reducedAxes() throws(LoweringError) -> [Int]? {
    let axes = optional(1) == nil ? [] : try constantIntegers(1)
    let nothing = try int("noop_with_empty_axes", default: 0) != 0
    if axes.isEmpty, nothing {
      ignore("keepdims")
      return nil
    }
    return axes
  }

  fileprivate func reduced(_ function: Lowering.Reduction, _ listed: [Int]?) throws(LoweringError) -> Imported {
    let keeps = try int("keepdims", default: 1) != 0
    if function == .product, let list = try integers(0) {
      return .integers(try product(of: list, listed, keeps: keeps))
    }
    let x = try operand(0)
    let type = type(x)
    let axes = try axes(listed ?? Array(0..<type.rank), rank: type.rank)
    let kept = type.dimensions.indices.map { axes.contains($0) ? 1 : type.dimensions[$0] }
    let result =
      switch function {
      case .sum: try sum(x, axes)
      case .product: try apply(Reduce(.product, axes: axes), x)
      case .maximum: try apply(Reduce(.maximum, axes: axes), x)
      case .minimum: try apply(Reduce(.minimum, axes: axes), x)
      case .mean: try mean(x, axes)
      case .l1: try sum(apply(Unary(.abs), x), axes)
      case .sumOfSquares: try sum(apply(Binary(.multiply), x, x), axes)
      case .l2: try rooted(sum(apply(Binary(.multiply), x, x), axes))
      case .logSum: try apply(Unary(.log), sum(x, axes))
      case .logSumExp: try logSumExp(x, axes, kept)
      }
    return keeps ? try reshape(result, kept) : result
  }

  fileprivate func sum(_ x: Imported, _ axes: [Int]) throws(LoweringError) -> Imported {
    try apply(Reduce(.sum, axes: axes), x)
  }

  /// A square root, of integers too.
  private func rooted(_ x: Imported) throws(LoweringError) -> Imported {
    let element = type(x).element
    if element.isFloatingPoint { return try apply(Unary(.sqrt), x) }
    return try converted(apply(Unary(.sqrt), converted(x, .float64)), element)
  }

  /// The mean over axes, which disappear, one after the other.
  fileprivate func mean(_ x: Imported, _ axes: [Int]) throws(LoweringError) -> Imported {
    guard !type(x).element.isFloatingPoint else {
      var result = x
      for axis in axes.reversed() { result = try apply(Mean(axis: axis), result) }
      return result
    }
    let dimensions = type(x).dimensions
    guard let count = axes.map({ dimensions[$0] }).reduce(1, *).constant else {
      throw undecided("the number of elements that a mean is of")
    }
    return try apply(Binary(.divide), sum(x, axes), constant(Double(count), type(x).element, "count"))
  }

  /// The largest element is taken out of the exponentials, kept finite so that infinities stay themselves.
  private func logSumExp(_ x: Imported, _ axes: [Int], _ kept: [Dimension]) throws(LoweringError) -> Imported {
    let limit = Double(Float.greatestFiniteMagnitude)
    let finite = type(x).element == .float16 ? 65504 : limit
    var largest = try apply(Reduce(.maximum, axes: axes), x)
    largest = try bounded(bounded(largest, .minimum, finite), .maximum, -finite)
    let shifted = try apply(Binary(.subtract), x, reshape(largest, kept))
    let logarithm = try apply(Unary(.log), sum(apply(Unary(.exp), shifted), axes))
    return try apply(Binary(.add), logarithm, largest)
  }

  /// The product of a list of integers.
  private func product(
    of list: IntegerTensor, _ listed: [Int]?, keeps: Bool
  ) throws(LoweringError) -> IntegerTensor {
    let axes = try axes(listed ?? Array(list.extents.indices), rank: list.extents.count)
    guard list.extents.count <= 1, axes.count == list.extents.count else {
      throw .operand(reference, index: 0, expected: "a list of integers, reduced whole", found: "\(list)")
    }
    var product: Dimension = 1
    for element in list.elements {
      try importer.check([product, element], reference, mayBeNegative: true)
      product = product * element
      try importer.check(product, reference)
    }
    return IntegerTensor(list.element, extents: keeps ? list.extents.map { _ in 1 } : [], [product])
  }

  fileprivate func place(isLargest: Bool) throws(LoweringError) -> Imported {
    var x = try operand(0)
    let dimensions = type(x).dimensions
    let axis = try axis(int("axis", default: 0), rank: dimensions.count)
    let keeps = try int("keepdims", default: 1) != 0
    let takesLast = try int("select_last_index", default: 0) != 0
    if takesLast { x = try reversed(x, axis) }
    var result = try apply(TopIndices(axis: axis, count: 1, isLargest: isLargest), x)
    if takesLast {
      guard let extent = dimensions[axis].constant else { throw undecided("the last index of axis \(axis)") }
      result = try apply(Binary(.subtract), constant(Double(extent - 1), .int64, "last"), result)
    }
    var rest = dimensions
    if keeps { rest[axis] = 1 } else { rest.remove(at: axis) }
    return try reshape(result, rest)
  }
}
