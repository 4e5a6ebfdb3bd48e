import Graph
import Tensors

extension Lowering {
  /// BatchNormalization: a scale and a shift of each channel; in training mode by the batch's own statistics.
  /// https://onnx.ai/onnx/operators/onnx__BatchNormalization.html
  static let batchNormalization = Lowering("BatchNormalization", since: 7) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let type = node.type(x)
    guard type.rank >= 2 else {
      throw .operand(node.reference, index: 0, expected: "[N, c, …]", found: "\(type)")
    }
    try node.require("spatial", 1, default: 1)
    let momentum = try node.setting("momentum", 0.9)
    let isTraining = try node.int("training_mode", default: 0) != 0
    let epsilon = Double(writtenAs: try node.float("epsilon") ?? 1e-5)
    var parts: [Imported] = []
    for index in 1...4 { parts.append(try node.converted(node.operand(index), type.element)) }
    var running: [Imported] = []
    if isTraining {
      let moments = try node.moments(x, type)
      for (index, moment) in moments.enumerated() {
        let kept = try node.apply(Binary(.multiply), parts[2 + index], node.number(momentum, like: x))
        let new = try node.apply(Binary(.multiply), moment, node.number(1 - momentum, like: x))
        let stated = node.type(try node.operand(3 + index)).element
        running.append(try node.converted(node.apply(Binary(.add), kept, new), stated))
        parts[2 + index] = moment
      }
    }
    let variance = try node.apply(
      Binary(.add), parts[3], node.constant(epsilon, type.element, "epsilon"))
    let scale = try node.apply(Binary(.divide), parts[0], node.apply(Unary(.sqrt), variance))
    let shift = try node.apply(
      Binary(.subtract), parts[1], node.apply(Binary(.multiply), parts[2], scale))
    let scaled = try node.apply(Binary(.multiply), x, node.perChannel(scale, rank: type.rank))
    return [try node.apply(Binary(.add), scaled, node.perChannel(shift, rank: type.rank))] + running
  }

  /// InstanceNormalization: each channel of each image by its own mean and variance.
  /// https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html
  static let instanceNormalization = Lowering("InstanceNormalization", since: 6) {
    (node) throws(LoweringError) in
    let x = try node.operand(0)
    let type = node.type(x)
    guard type.rank >= 3 else {
      throw .operand(node.reference, index: 0, expected: "[N, c, …]", found: "\(type)")
    }
    let epsilon = Double(writtenAs: try node.float("epsilon") ?? 1e-5)
    let normal = try node.normalized(x, .standard, from: 2, epsilon)
    let scaled = try node.apply(
      Binary(.multiply), normal, node.perChannel(node.operand(1), rank: type.rank))
    return [try node.apply(Binary(.add), scaled, node.perChannel(node.operand(2), rank: type.rank))]
  }

  /// GroupNormalization with a scale and a bias for each channel, from version 21 on.
  /// https://onnx.ai/onnx/operators/onnx__GroupNormalization.html
  static let groupNormalization = Lowering("GroupNormalization", since: 18) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let type = node.type(x)
    let groups = try node.int("num_groups", default: 0)
    guard type.rank >= 3 else {
      throw .operand(node.reference, index: 0, expected: "[N, c, …]", found: "\(type)")
    }
    guard groups > 0, let each = type.dimensions[1].dividedExactly(by: Dimension(groups)) else {
      throw .attribute(
        node.reference, name: "num_groups", expected: "a divisor of \(type.dimensions[1])", found: "\(groups)")
    }
    try node.require("stash_type", 1, default: 1)
    let epsilon = Double(writtenAs: try node.float("epsilon") ?? 1e-5)
    let grouped = try node.reshape(
      x, [type.dimensions[0], Dimension(groups), type.dimensions[2...].reduce(each, *)])
    var result = try node.reshape(node.normalized(grouped, .standard, from: 2, epsilon), type.dimensions)
    for (index, function) in [(1, Binary.Function.multiply), (2, .add)] {
      var weight = try node.operand(index)
      // Before version 21 there is one number a group.
      if node.type(weight).dimensions == [Dimension(groups)], type.dimensions[1] != Dimension(groups) {
        let column = try node.reshape(weight, [Dimension(groups), 1])
        weight = try node.reshape(
          node.apply(Broadcast([Dimension(groups), each]), column), [type.dimensions[1]])
      }
      result = try node.apply(Binary(function), result, node.perChannel(weight, rank: type.rank))
    }
    return [result]
  }

  /// LayerNormalization over the axes from `axis` on, seen as one.
  /// https://onnx.ai/onnx/operators/onnx__LayerNormalization.html
  static let layerNormalization = Lowering("LayerNormalization", since: 17) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let type = node.type(x)
    let axis = try node.axis(node.int("axis", default: -1), rank: type.rank)
    try node.require("stash_type", 1, default: 1)
    let epsilon = Double(writtenAs: try node.float("epsilon") ?? 1e-5)
    let gamma = try node.operand(1)
    let beta = node.optional(2)
    var result: Imported
    let shift = if let beta { Optional(beta) } else { try node.zeros(like: gamma) }
    if axis == type.rank - 1, node.type(gamma).dimensions == [type.dimensions[axis]], let shift,
      node.type(shift).dimensions == node.type(gamma).dimensions
    {
      result = try node.apply(LayerNorm(epsilon: epsilon), x, gamma, shift)
    } else {
      let normal = try node.normalized(x, .standard, from: axis, epsilon)
      result = try node.weighted(normal, .multiply, gamma, 1)
      if let beta { result = try node.weighted(result, .add, beta, 2) }
    }
    guard node.node.outputs.dropFirst().contains(where: { !$0.isEmpty }) else { return [result] }
    return [result] + (try node.statistics(x, from: axis, epsilon))
  }

  /// RMSNormalization over the axes from `axis` on, seen as one.
  /// https://onnx.ai/onnx/operators/onnx__RMSNormalization.html
  static let rmsNormalization = Lowering("RMSNormalization", since: 23) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let axis = try node.axis(node.int("axis", default: -1), rank: node.type(x).rank)
    try node.require("stash_type", 1, default: 1)
    let epsilon = Double(writtenAs: try node.float("epsilon") ?? 1e-5)
    let normal = try node.normalized(x, .rootMeanSquare, from: axis, epsilon)
    return [try node.weighted(normal, .multiply, node.operand(1), 1)]
  }

  /// https://onnx.ai/onnx/operators/onnx__LpNormalization.html
  static let lpNormalization = Lowering("LpNormalization", since: 1) { (node) throws(LoweringError) in
    let x = try node.operand(0)
    let rank = node.type(x).rank
    let axis = try node.axis(node.int("axis", default: -1), rank: rank)
    let power = try node.int("p", default: 2)
    guard power == 1 || power == 2 else {
      throw .attribute(node.reference, name: "p", expected: "1 or 2", found: "\(power)")
    }
    let function: Normalize.Function = power == 1 ? .l1 : .l2
    var exchange = Array(0..<rank)
    exchange.swapAt(axis, rank - 1)
    let isLast = axis == rank - 1
    let last = isLast ? x : try node.apply(Transpose(exchange), x)
    let result = try node.apply(Normalize(function), last)
    return [isLast ? result : try node.apply(Transpose(exchange), result)]
  }

  /// MeanVarianceNormalization over any axes.
  /// https://onnx.ai/onnx/operators/onnx__MeanVarianceNormalization.html
  static let meanVarianceNormalization = Lowering("MeanVarianceNormalization", since: 9) {
    (node) throws(LoweringError) in
    let x = try node.operand(0)
    let rank = node.type(x).rank
    let axes = try node.axes(node.ints("axes") ?? [0, 2, 3], rank: rank)
    let kept = (0..<rank).filter { !axes.contains($0) }
    let order = kept + axes
    let ordered = try node.apply(Transpose(order), x)
    // The standard adds 1e-9 to the standard deviation, which matters where that is zero.
    let normal = try node.normalized(ordered, .standard, from: kept.count, 1e-18)
    return [try node.apply(Transpose(order.indices.map { order.firstIndex(of: $0) ?? $0 }), normal)]
  }

  /// https://onnx.ai/onnx/operators/onnx__LRN.html
  static let localResponseNormalization = Lowering("LRN", since: 1) { (node) throws(LoweringError) in
    let norm = LocalResponseNorm(
      size: try node.int("size", default: 0), alpha: Double(writtenAs: try node.float("alpha") ?? 1e-4),
      beta: Double(writtenAs: try node.float("beta") ?? 0.75),
      bias: Double(writtenAs: try node.float("bias") ?? 1))
    return [try node.apply(norm, node.operand(0))]
  }
}

extension NodeReader {
  /// The mean and the variance of each channel over a batch.
  fileprivate func moments(_ x: Imported, _ type: TensorType) throws(LoweringError) -> [Imported] {
    let axes = (0..<type.rank).filter { $0 != 1 }
    func mean(_ x: Imported) throws(LoweringError) -> Imported {
      var result = x
      for axis in axes.reversed() { result = try apply(Mean(axis: axis), result) }
      return result
    }
    let center = try mean(x)
    let centred = try apply(Binary(.subtract), x, perChannel(center, rank: type.rank))
    return [center, try mean(apply(Binary(.multiply), centred, centred))]
  }

  /// A value in a type; itself where it has it.
  func converted(_ operand: Imported, _ element: ElementType) throws(LoweringError) -> Imported {
    type(operand).element == element ? operand : try apply(Convert(to: element), operand)
  }

  /// A vector `[c]` as `[c, 1, …]`, which stands for the channels of a map.
  func perChannel(_ vector: Imported, rank: Int) throws(LoweringError) -> Imported {
    let dimensions = type(vector).dimensions
    guard dimensions.count == 1 else {
      throw .operand(reference, index: 1, expected: "one number a channel", found: "\(type(vector))")
    }
    return try reshape(vector, dimensions + [Dimension](repeating: 1, count: rank - 2))
  }

  /// A value with its axes from `axis` on brought to a common scale together.
  func normalized(
    _ x: Imported, _ function: Normalize.Function, from axis: Int, _ epsilon: Double
  ) throws(LoweringError) -> Imported {
    let dimensions = type(x).dimensions
    let row = Array(dimensions[..<axis]) + [dimensions[axis...].reduce(1, *)]
    let result = try apply(Normalize(function, epsilon: epsilon), reshape(x, row))
    return try reshape(result, dimensions)
  }

  /// A sum or product with an operand that must not widen the result.
  fileprivate func weighted(
    _ x: Imported, _ function: Binary.Function, _ weight: Imported, _ index: Int
  ) throws(LoweringError) -> Imported {
    let result = try apply(Binary(function), x, converted(weight, type(x).element))
    guard type(result) == type(x) else {
      throw .operand(
        reference, index: index, expected: "extents that \(type(x)) has", found: "\(type(weight))")
    }
    return result
  }

  /// Zeros of a constant shape; nil where the shape is open.
  fileprivate func zeros(like operand: Imported) throws(LoweringError) -> Imported? {
    guard let shape = type(operand).shape else { return nil }
    let zeros = Tensor(type: type(operand).element, shape: shape) {
      $0.initializeMemory(as: UInt8.self, repeating: 0)
    }
    return .constant(KnownTensor(name: "\(name).zeros", .stored(zeros)))
  }

  /// The mean, and one over the standard deviation, of the axes from `axis` on, which stay with extents of 1.
  fileprivate func statistics(
    _ x: Imported, from axis: Int, _ epsilon: Double
  ) throws(LoweringError) -> [Imported] {
    let dimensions = type(x).dimensions
    let row = Array(dimensions[..<axis]) + [dimensions[axis...].reduce(1, *)]
    let kept = dimensions.indices.map { $0 < axis ? dimensions[$0] : 1 }
    let single = Array(dimensions[..<axis]) + [1]
    let rows = try converted(reshape(x, row), .float32)
    let mean = try reshape(apply(Mean(axis: axis), rows), single)
    let centred = try apply(Binary(.subtract), rows, mean)
    let variance = try reshape(
      apply(Mean(axis: axis), apply(Binary(.multiply), centred, centred)), single)
    let deviation = try apply(
      Unary(.sqrt), apply(Binary(.add), variance, constant(epsilon, .float32, "epsilon")))
    let inverse = try apply(Binary(.divide), constant(1, .float32, "one"), deviation)
    return [try reshape(mean, kept), try reshape(inverse, kept)]
  }
}
