import Graph
import Tensors

extension Lowering {
  /// https://onnx.ai/onnx/operators/onnx__GatherElements.html
  static let gatherElements = Lowering("GatherElements", since: 11) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let axis = try node.axis(node.int("axis", default: 0), rank: node.type(x).rank)
    try node.requireKnownIndices(within: [node.type(x).dimensions[axis]])
    return [try node.apply(GatherElements(axis: axis), x, node.operand(1))]
  }

  /// Indices of several axes become places along those axes joined.
  /// https://onnx.ai/onnx/operators/onnx__GatherND.html
  static let gatherND = Lowering("GatherND", since: 11) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let batch = try node.int("batch_dims", default: 0)
    let type = node.type(x)
    let (places, depth) = try node.places(of: type.dimensions, batch: batch)
    let joined = type.dimensions[batch..<batch + depth].reduce(1, *)
    let rows = try node.reshape(x, type.dimensions[..<batch] + [joined] + type.dimensions[(batch + depth)...])
    return [try node.apply(Gather(axis: batch, batch: batch), rows, places)]
  }

  /// https://onnx.ai/onnx/operators/onnx__ScatterElements.html
  static let scatterElements = Lowering("ScatterElements", since: 11) { (node) throws(LoweringError) in
    [try node.scatteredElements()]
  }

  /// The earlier name of ScatterElements. https://onnx.ai/onnx/operators/onnx__Scatter.html
  static let scatter = Lowering("Scatter", since: 9) { (node) throws(LoweringError) in
    [try node.scatteredElements()]
  }

  /// https://onnx.ai/onnx/operators/onnx__ScatterND.html
  static let scatterND = Lowering("ScatterND", since: 11) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let dimensions = node.type(x).dimensions
    let (places, depth) = try node.places(of: dimensions, batch: 0)
    let (joined, size) = (dimensions[..<depth].reduce(1, *), dimensions[depth...].reduce(1, *))
    let count = node.type(places).elementCount
    let column = try node.reshape(places, [count, 1])
    let spread = size == 1 ? column : try node.apply(Broadcast([count, size]), column)
    let updates = try node.reshape(node.operand(2), [count, size])
    let result = try node.apply(
      ScatterElements(axis: 0, node.combination()), node.reshape(x, [joined, size]), spread, updates)
    return [try node.reshape(result, dimensions)]
  }

  /// A cache with a run of positions written at a place of its own for each batch item.
  /// https://onnx.ai/onnx/operators/onnx__TensorScatter.html
  static let tensorScatter = Lowering("TensorScatter", since: 24) { (node) throws(LoweringError) in
    let (x, update) = (try node.operand(0), try node.operand(1))
    let (own, new) = (node.type(x).dimensions, node.type(update).dimensions)
    let axis = try node.axis(node.int("axis", default: -2), rank: own.count)
    let mode = try node.string("mode", default: "linear")
    guard mode == "linear" || mode == "circular" else {
      throw .attribute(node.reference, name: "mode", expected: "linear or circular", found: mode)
    }
    guard new.count == own.count, axis > 0, let count = new[axis].constant, let extent = own[axis].constant else {
      throw node.undecided("the positions that are written")
    }
    var places = try node.along(axis, node.range(count), rank: own.count)
    if let starts = node.optional(2) {
      let perItem = try node.along(0, node.converted(starts, .int64), rank: own.count)
      places = try node.apply(Binary(.add), places, perItem)
    }
    if mode == "circular" {
      places = try node.apply(Binary(.modulo), places, node.constant(Double(extent), .int64, "extent"))
    }
    return [try node.apply(ScatterElements(axis: axis), x, node.apply(Broadcast(new), places), update)]
  }

  /// https://onnx.ai/onnx/operators/onnx__OneHot.html
  static let oneHot = Lowering("OneHot", since: 9) { (node) throws(LoweringError) in
    let indices = try node.converted(node.operand(0), .int64)
    let dimensions = node.type(indices).dimensions
    guard let number = try node.knownNumbers(1).first, number >= 1, number <= 0x1p40 else {
      throw .operand(node.reference, index: 1, expected: "a positive depth", found: "\(node.type(try node.operand(1)))")
    }
    let depth = Int(number)
    let axis = try node.axis(node.int("axis", default: -1), rank: dimensions.count + 1)
    let isNegative = try node.apply(Binary(.less), indices, node.constant(0, .int64, "zero"))
    let counted = try node.apply(Binary(.add), indices, node.constant(Double(depth), .int64, "depth"))
    var place = try node.apply(Select(), isNegative, counted, indices)
    var single = dimensions
    single.insert(1, at: axis)
    place = try node.reshape(place, single)
    let isPlace = try node.apply(
      Binary(.equal), place, node.along(axis, node.range(depth), rank: dimensions.count + 1))
    let values = try node.operand(2)
    let (off, on) = (
      try node.reshape(node.apply(Slice(axis: 0, start: 0, count: 1), values), []),
      try node.reshape(node.apply(Slice(axis: 0, start: 1, count: 1), values), [])
    )
    return [try node.apply(Select(), isPlace, on, off)]
  }

  /// The largest or smallest elements, in order. https://onnx.ai/onnx/operators/onnx__TopK.html
  static let topK = Lowering("TopK", since: 10) { (node) throws(LoweringError) in
    node.ignore("sorted")  // any order is right where none is asked for
    guard let count = try node.constantIntegers(1).first else {
      throw .operand(node.reference, index: 1, expected: "a number of elements", found: "none")
    }
    return try node.top(count, isLargest: node.int("largest", default: 1) != 0)
  }

  /// TopK with its number as an attribute.
  static let topKByAttribute = Lowering("TopK", since: 1, through: 9) { (node) throws(LoweringError) in
    try node.top(node.int("k", default: 0), isLargest: true)
  }

  /// https://onnx.ai/onnx/operators/onnx__ReverseSequence.html
  static let reverseSequence = Lowering("ReverseSequence", since: 10) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let dimensions = node.type(x).dimensions
    let time = try node.axis(node.int("time_axis", default: 0), rank: dimensions.count, "time_axis")
    let batch = try node.axis(node.int("batch_axis", default: 1), rank: dimensions.count, "batch_axis")
    guard time != batch, let count = dimensions[time].constant else {
      throw node.undecided("the length of axis \(time)")
    }
    let steps = try node.along(time, node.range(count), rank: dimensions.count)
    let lengths = try node.along(batch, node.converted(node.operand(1), .int64), rank: dimensions.count)
    let one = node.constant(1, .int64, "one")
    let mirrored = try node.apply(
      Binary(.subtract), node.apply(Binary(.subtract), lengths, one), steps)
    let places = try node.apply(Select(), node.apply(Binary(.less), steps, lengths), mirrored, steps)
    return [try node.apply(GatherElements(axis: time), x, node.apply(Broadcast(dimensions), places))]
  }

  /// The slices where a known condition holds. https://onnx.ai/onnx/operators/onnx__Compress.html
  static let compress = Lowering("Compress", since: 9) { (node) throws(LoweringError) in
    var x = try node.operand(0)
    let stated = try node.int("axis")
    if stated == nil { x = try node.reshape(x, [node.type(x).elementCount]) }
    let axis = try node.axis(stated ?? 0, rank: node.type(x).rank)
    let kept = try node.constantIntegers(1).enumerated().filter { $0.element != 0 }.map(\.offset)
    return [try node.picked(x, axis, kept)]
  }
}

extension NodeReader {
  /// The largest or smallest elements along an axis, and their places.
  fileprivate func top(_ count: Int, isLargest: Bool) throws(LoweringError) -> [Imported] {
    let x = try operand(0)
    let axis = try axis(int("axis", default: -1), rank: type(x).rank)
    let places = try apply(TopIndices(axis: axis, count: count, isLargest: isLargest), x)
    return [try apply(GatherElements(axis: axis), x, places), places]
  }

  /// A vector along one axis, with extents of 1 on the others.
  func along(_ axis: Int, _ vector: Imported, rank: Int) throws(LoweringError) -> Imported {
    let count = type(vector).elementCount
    return try reshape(vector, (0..<rank).map { $0 == axis ? count : 1 })
  }

  /// 0 ..< count, as int64.
  func range(_ count: Int) throws(LoweringError) -> Imported {
    guard count <= IntegerTensor.limit else {
      throw .limit(reference, what: "integers in a list", limit: IntegerTensor.limit, found: count)
    }
    return constant(Tensor((0..<count).map { Int64($0) }, shape: [count]))
  }

  /// The slices of a tensor with known indices, each within the axis.
  func picked(_ x: Imported, _ axis: Int, _ indices: [Int]) throws(LoweringError) -> Imported {
    let extent = type(x).dimensions[axis]
    guard indices.allSatisfy({ $0 >= 0 && (extent - Dimension($0 + 1)).isKnownNonNegative }) else {
      throw undecided("whether all indices lie within \(extent)")
    }
    return try apply(Gather(axis: axis), x, constant(Tensor(indices.map { Int64($0) }, shape: [indices.count])))
  }

  func reversed(_ x: Imported, _ axis: Int) throws(LoweringError) -> Imported {
    guard let extent = type(x).dimensions[axis].constant else { throw undecided("the length of axis \(axis)") }
    guard extent <= IntegerTensor.limit else {
      throw .limit(reference, what: "integers in a list", limit: IntegerTensor.limit, found: extent)
    }
    return try picked(x, axis, (0..<extent).reversed())
  }

  /// The numbers of an operand that is known at conversion.
  func knownNumbers(_ index: Int) throws(LoweringError) -> [Double] {
    guard let tensor = try known(index) else {
      throw .operand(
        reference, index: index, expected: "numbers that are known at conversion", found: "\(type(try operand(index)))")
    }
    return tensor.withView { $0.numbers() }
  }

  /// An operand that is known at conversion; nil where it is not, or large.
  func known(_ index: Int) throws(LoweringError) -> Tensor? {
    switch try operand(index) {
    case .value, .indices: nil
    case .constant(let known): known.small
    case .integers(let integers): integers.constants == nil ? nil : Importer.known(integers).small
    }
  }

  fileprivate func combination() throws(LoweringError) -> ScatterElements.Combination {
    let names: [String: ScatterElements.Combination] = [
      "none": .replace, "add": .add, "mul": .multiply, "max": .maximum, "min": .minimum,
    ]
    let word = try string("reduction", default: "none")
    guard let combination = names[word] else {
      throw .attribute(reference, name: "reduction", expected: "none, add, mul, max or min", found: word)
    }
    return combination
  }

  fileprivate func scatteredElements() throws(LoweringError) -> Imported {
    let x = try operand(0)
    let axis = try axis(int("axis", default: 0), rank: type(x).rank)
    try requireKnownIndices(within: [type(x).dimensions[axis]])
    return try apply(ScatterElements(axis: axis, combination()), x, operand(1), operand(2))
  }

  /// Throws where operand 1 is known and holds an index beyond its axis; tuples of indices have an extent for each place.
  fileprivate func requireKnownIndices(within extents: [Dimension]) throws(LoweringError) {
    guard let tensor = try known(1) else { return }
    let indices = tensor.withView { $0.numbers() }
    for (position, index) in indices.enumerated() {
      guard let extent = extents[position % extents.count].constant else { continue }
      guard index >= -Double(extent), index < Double(extent) else {
        throw .operand(reference, index: 1, expected: "indices of an axis of \(extent)", found: "\(index)")
      }
    }
  }

  /// Operand 1, tuples of indices of the axes behind `batch`, as places along those axes joined; and how many axes.
  fileprivate func places(of extents: [Dimension], batch: Int) throws(LoweringError) -> (Imported, depth: Int) {
    let indices = try converted(operand(1), .int64)
    let dimensions = type(indices).dimensions
    guard batch >= 0, batch < dimensions.count, let depth = dimensions.last?.constant, depth >= 1,
      depth <= extents.count - batch
    else {
      throw .operand(
        reference, index: 1, expected: "tuples of at most \(extents.count) indices", found: "\(type(indices))")
    }
    try requireKnownIndices(within: Array(extents[batch..<batch + depth]))
    var sum: Imported?
    for part in 0..<depth {
      let column = try reshape(
        apply(Slice(axis: dimensions.count - 1, start: part, count: 1), indices), Array(dimensions.dropLast()))
      guard let extent = extents[batch + part].constant,
        let stride = extents[(batch + part + 1)..<batch + depth].reduce(1, *).constant
      else { throw undecided("the places of indices within \(extents[batch + part])") }
      let isNegative = try apply(Binary(.less), column, constant(0, .int64, "zero"))
      let counted = try apply(Binary(.add), column, constant(Double(extent), .int64, "extent"))
      var place = try apply(Select(), isNegative, counted, column)
      if stride != 1 { place = try apply(Binary(.multiply), place, constant(Double(stride), .int64, "stride")) }
      sum = if let sum { try apply(Binary(.add), sum, place) } else { place }
    }
    guard let sum else { throw undecided("which axes are indexed") }
    return (sum, depth)
  }
}
