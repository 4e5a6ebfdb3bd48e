import Graph
import Tensors

extension Lowering {
  /// Tile; how often an axis is repeated may depend on symbols. https://onnx.ai/onnx/operators/onnx__Tile.html
  static let tile = Lowering("Tile", since: 6) { (node) throws(LoweringError) in
    var x = try node.operand(0)
    let repeats = try node.knownIntegers(1).elements
    let dimensions = node.type(x).dimensions
    guard repeats.count == dimensions.count, repeats.allSatisfy(\.isKnownNonNegative) else {
      throw .operand(node.reference, index: 1, expected: "\(dimensions.count) numbers", found: "\(repeats)")
    }
    var extents = dimensions
    for axis in dimensions.indices where repeats[axis] != 1 {
      var split = extents
      split.insert(1, at: axis)
      var spread = split
      spread[axis] = repeats[axis]
      try node.importer.check(spread, node.reference)
      extents[axis] = extents[axis] * repeats[axis]
      try node.importer.check(extents, node.reference)
      x = try node.reshape(node.apply(Broadcast(spread), node.reshape(x, split)), extents)
    }
    return [x]
  }

  /// https://onnx.ai/onnx/operators/onnx__DepthToSpace.html
  static let depthToSpace = Lowering("DepthToSpace", since: 1) { (node) throws(LoweringError) in
    let (x, d, block) = try node.blocks()
    let mode = try node.string("mode", default: "DCR")
    guard mode == "DCR" || mode == "CRD" else {
      throw .attribute(node.reference, name: "mode", expected: "DCR or CRD", found: mode)
    }
    guard let depth = d[1].dividedExactly(by: block * block) else {
      throw .operand(node.reference, index: 0, expected: "channels that \(block * block) divides", found: "\(d[1])")
    }
    let result = [d[0], depth, d[2] * block, d[3] * block]
    if mode == "DCR" {
      let split = try node.reshape(x, [d[0], block, block, depth, d[2], d[3]])
      return [try node.reshape(node.apply(Transpose([0, 3, 4, 1, 5, 2]), split), result)]
    }
    let split = try node.reshape(x, [d[0], depth, block, block, d[2], d[3]])
    return [try node.reshape(node.apply(Transpose([0, 1, 4, 2, 5, 3]), split), result)]
  }

  /// https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html
  static let spaceToDepth = Lowering("SpaceToDepth", since: 1) { (node) throws(LoweringError) in
    let (x, d, block) = try node.blocks()
    let mode = try node.string("mode", default: "DCR")
    guard mode == "DCR" || mode == "CRD" else {
      throw .attribute(node.reference, name: "mode", expected: "DCR or CRD", found: mode)
    }
    guard let height = d[2].dividedExactly(by: block), let width = d[3].dividedExactly(by: block) else {
      throw .operand(node.reference, index: 0, expected: "extents that \(block) divides", found: "\(node.type(x))")
    }
    let split = try node.reshape(x, [d[0], d[1], height, block, width, block])
    let order = mode == "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
    return [try node.reshape(node.apply(Transpose(order), split), [d[0], d[1] * block * block, height, width])]
  }

  /// The upper or lower triangle of each matrix; zeros elsewhere. https://onnx.ai/onnx/operators/onnx__Trilu.html
  static let triangle = Lowering("Trilu", since: 14) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let type = node.type(x)
    let isUpper = try node.int("upper", default: 1) != 0
    let diagonal = node.optional(1) == nil ? 0 : try node.constantIntegers(1).first ?? 0
    guard type.rank >= 2 else {
      throw .operand(node.reference, index: 0, expected: "matrices", found: "\(type)")
    }
    guard let rows = type.dimensions[type.rank - 2].constant, let columns = type.dimensions[type.rank - 1].constant
    else { throw node.undecided("the size of the matrices of \(type)") }
    let line = try node.reshape(node.range(rows), [Dimension(rows), 1])
    let shifted = try node.apply(Binary(.add), line, node.constant(Double(diagonal), .int64, "diagonal"))
    let column = try node.range(columns)
    let kept =
      isUpper
      ? try node.apply(Binary(.lessOrEqual), shifted, column) : try node.apply(Binary(.lessOrEqual), column, shifted)
    return [try node.apply(Select(), kept, x, node.number(0, like: x))]
  }

  /// https://onnx.ai/onnx/operators/onnx__EyeLike.html
  static let eyeLike = Lowering("EyeLike", since: 9) { (node) throws(LoweringError) in
    let type = node.type(try node.operand(0))
    let stated = try node.int("dtype")
    let element =
      if let stated { Int32(exactly: stated).flatMap { ElementKind(rawValue: $0)?.elementType } } else {
        Optional(type.element)
      }
    let diagonal = try node.int("k", default: 0)
    guard let element, type.rank == 2, let rows = type.dimensions[0].constant, let columns = type.dimensions[1].constant
    else {
      throw .operand(node.reference, index: 0, expected: "a matrix of known extents", found: "\(type)")
    }
    let line = try node.reshape(node.range(rows), [Dimension(rows), 1])
    let shifted = try node.apply(Binary(.add), line, node.constant(Double(diagonal), .int64, "diagonal"))
    let isOne = try node.apply(Binary(.equal), shifted, node.range(columns))
    return [try node.converted(isOne, element)]
  }

  /// https://onnx.ai/onnx/operators/onnx__Det.html
  static let determinant = Lowering("Det", since: 11) { (node) throws(LoweringError) in
    [try node.apply(Determinant(), node.operand(0))]
  }

  /// https://onnx.ai/onnx/operators/onnx__CumSum.html
  static let cumulativeSum = Lowering("CumSum", since: 11) { (node) throws(LoweringError) in
    [try node.cumulated(.sum)]
  }

  /// https://onnx.ai/onnx/operators/onnx__CumProd.html
  static let cumulativeProduct = Lowering("CumProd", since: 26) { (node) throws(LoweringError) in
    [try node.cumulated(.product)]
  }

  /// 1 in the place of the first largest element, 0 elsewhere; over the axes from `axis` on, seen as one.
  /// https://onnx.ai/onnx/operators/onnx__Hardmax.html
  static let hardmaxOfRows = Lowering("Hardmax", since: 1, through: 12) { (node) throws(LoweringError) in
    let axis = try node.int("axis", default: 1)
    return [
      try node.inRows(from: axis) { (rows) throws(LoweringError) in try node.hardmax(rows, 1) }
    ]
  }

  /// Hardmax along one axis, from version 13 on.
  static let hardmax = Lowering("Hardmax", since: 13) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    return [try node.hardmax(x, node.axis(node.int("axis", default: -1), rank: node.type(x).rank))]
  }

  /// https://onnx.ai/onnx/operators/onnx__LogSoftmax.html, before version 13
  static let logSoftmaxOfRows = Lowering("LogSoftmax", since: 1, through: 12) { (node) throws(LoweringError) in
    let axis = try node.int("axis", default: 1)
    return [
      try node.inRows(from: axis) { (rows) throws(LoweringError) in try node.apply(LogSoftmax(), rows) }
    ]
  }

  /// LogSoftmax along one axis, from version 13 on.
  static let logSoftmax = Lowering("LogSoftmax", since: 13) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let axis = try node.axis(node.int("axis", default: -1), rank: node.type(x).rank)
    return [try node.along(axis: axis, of: x, LogSoftmax())]
  }
}

extension NodeReader {
  fileprivate func blocks() throws(LoweringError) -> (Imported, [Dimension], Dimension) {
    let x = try operand(0)
    let size = try int("blocksize", default: 0)
    guard size > 0, size <= 1 << 20 else {
      throw .attribute(reference, name: "blocksize", expected: "a positive number", found: "\(size)")
    }
    guard type(x).rank == 4 else {
      throw .operand(reference, index: 0, expected: "a map [N, c, h, w]", found: "\(type(x))")
    }
    return (x, type(x).dimensions, Dimension(size))
  }

  fileprivate func cumulated(_ function: Cumulate.Function) throws(LoweringError) -> Imported {
    let x = try operand(0)
    guard let stated = try constantIntegers(1).first else {
      throw .operand(reference, index: 1, expected: "an axis", found: "none")
    }
    let axis = try axis(stated, rank: type(x).rank)
    let isExclusive = try int("exclusive", default: 0) != 0
    let isReversed = try int("reverse", default: 0) != 0
    return try apply(Cumulate(function, axis: axis, isExclusive: isExclusive, isReversed: isReversed), x)
  }

  fileprivate func hardmax(_ x: Imported, _ axis: Int) throws(LoweringError) -> Imported {
    guard let extent = type(x).dimensions[axis].constant else { throw undecided("the length of axis \(axis)") }
    let place = try apply(TopIndices(axis: axis, count: 1), x)
    let steps = try along(axis, range(extent), rank: type(x).rank)
    return try converted(apply(Binary(.equal), place, steps), type(x).element)
  }

  /// Operand 0 as a matrix whose rows are the axes from one on, and its own extents again afterwards.
  func inRows(
    from axis: Int, _ change: (Imported) throws(LoweringError) -> Imported
  ) throws(LoweringError) -> Imported {
    let x = try operand(0)
    let dimensions = type(x).dimensions
    let first = axis == dimensions.count ? axis : try self.axis(axis, rank: dimensions.count)
    let rows = [dimensions[..<first].reduce(1, *), dimensions[first...].reduce(1, *)]
    return try reshape(change(reshape(x, rows)), dimensions)
  }
}
