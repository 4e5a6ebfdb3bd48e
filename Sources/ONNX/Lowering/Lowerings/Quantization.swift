import Graph
import Tensors

extension Lowering {
  /// QuantizeLinear: one scale, one an index of an axis, or one a block.
  /// https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
  static let quantizeLinear = Lowering("QuantizeLinear", since: 10) { (node) throws(LoweringError) in
    let (x, scale) = (try node.operand(0), try node.operand(1))
    node.ignore("saturate")  // concerns float8 alone, which is refused elsewhere
    if let precision = try node.element("precision"), precision != .float32 {
      throw .attribute(node.reference, name: "precision", expected: "f32", found: "\(precision)")
    }
    let zero = node.optional(2)
    let stated = try node.element("output_dtype")
    let element = zero.map { node.type($0).element } ?? stated ?? .uint8
    if let stated, stated != element {
      throw .attribute(node.reference, name: "output_dtype", expected: "\(element)", found: "\(stated)")
    }
    let quantize = Quantize(to: element, try node.grid(x, scale))
    return [try node.apply(quantize, to: [x, scale] + (zero.map { [$0] } ?? []))]
  }

  /// https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html
  static let dequantizeLinear = Lowering("DequantizeLinear", since: 10) { (node) throws(LoweringError) in
    let (x, scale) = (try node.data(0), try node.operand(1))
    let zero = node.optional(2) == nil ? nil : try node.data(2)
    let result = try node.apply(
      Dequantize(try node.grid(x, scale)), to: [x, scale] + (zero.map { [$0] } ?? []))
    return [try node.converted(result, try node.element("output_dtype") ?? node.type(scale).element)]
  }

  /// https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html
  static let dynamicQuantizeLinear = Lowering("DynamicQuantizeLinear", since: 11) {
    (node) throws(LoweringError) in
    let x = try node.operand(0)
    let scale = try node.apply(QuantizationRange(.scale), x)
    let zero = try node.apply(QuantizationRange(.zeroPoint), x)
    return [try node.apply(Quantize(to: .uint8), x, scale, zero), scale, zero]
  }

  /// https://onnx.ai/onnx/operators/onnx__QLinearMatMul.html
  static let qLinearMatMul = Lowering("QLinearMatMul", since: 10) { (node) throws(LoweringError) in
    let a = try node.numbers(0, scale: node.operand(1), zero: 2, axis: -2)
    let b = try node.numbers(3, scale: node.operand(4), zero: 5, axis: -1)
    return [try node.quantized(node.product(a, b), scale: 6, zero: 7)]
  }

  /// https://onnx.ai/onnx/operators/onnx__QLinearConv.html
  static let qLinearConv = Lowering("QLinearConv", since: 10) { (node) throws(LoweringError) in
    let (map, kernel) = try node.mapAndKernel(weight: 3)
    let windows = try node.windows(map, kernel)
    let group = try node.int("group", default: 1)
    let (xScale, wScale) = (try node.operand(1), try node.operand(4))
    let x = try node.numbers(0, scale: xScale, zero: 2, axis: 0)
    let weight = try node.numbers(3, scale: wScale, zero: 5, axis: 0)
    var operands = [x, weight]
    if node.optional(8) != nil {
      let scale = try node.apply(Binary(.multiply), node.scalar(xScale), node.scalar(wScale))
      operands.append(try node.apply(Dequantize(), node.data(8), scale))
    }
    let result = try node.apply(Convolution(windows, groups: group), to: operands)
    return [try node.quantized(result, scale: 6, zero: 7)]
  }

  /// https://onnx.ai/onnx/operators/onnx__MatMulInteger.html
  static let matMulInteger = Lowering("MatMulInteger", since: 10) { (node) throws(LoweringError) in
    let depth = node.type(try node.operand(0)).dimensions.last?.constant
    let unit = try node.unit(terms: depth)
    let a = try node.numbers(0, scale: unit, zero: 2, axis: -2)
    let b = try node.numbers(1, scale: unit, zero: 3, axis: -1)
    return [try node.apply(Quantize(to: .int32), node.product(a, b), unit)]
  }

  /// https://onnx.ai/onnx/operators/onnx__ConvInteger.html
  static let convInteger = Lowering("ConvInteger", since: 10) { (node) throws(LoweringError) in
    let (map, kernel) = try node.mapAndKernel()
    let windows = try node.windows(map, kernel)
    let group = try node.int("group", default: 1)
    let terms = node.type(try node.operand(1)).shape.map { $0.count(1..<$0.rank) }
    let unit = try node.unit(terms: terms)
    let x = try node.numbers(0, scale: unit, zero: 2, axis: 0)
    let weight = try node.numbers(1, scale: unit, zero: 3, axis: 0)
    let sums = try node.apply(Convolution(windows, groups: group), x, weight)
    return [try node.apply(Quantize(to: .int32), sums, unit)]
  }
}

extension NodeReader {
  /// An element type by its number in the format; nil where the attribute is absent or 0.
  fileprivate func element(_ name: String) throws(LoweringError) -> ElementType? {
    let code = try int(name, default: 0)
    if code == 0 { return nil }
    guard let element = Int32(exactly: code).flatMap({ ElementKind(rawValue: $0)?.elementType }) else {
      throw .attribute(reference, name: name, expected: "a type that can be computed with", found: "\(code)")
    }
    return element
  }

  /// Which scale belongs to which element of x.
  fileprivate func grid(_ x: Imported, _ scale: Imported) throws(LoweringError) -> QuantizationGrid {
    let block = try int("block_size", default: 0)
    let stated = try int("axis", default: 1)
    if block == 0, type(scale).rank == 0 || type(scale).dimensions == [1] { return QuantizationGrid() }
    return QuantizationGrid(axis: try axis(stated, rank: type(x).rank), block: block)
  }

  /// An operand as a value of the network, also where it is a list of integers that the file states.
  func data(_ index: Int) throws(LoweringError) -> Imported {
    guard case .integers(let integers) = try operand(index) else { return try operand(index) }
    guard let constants = integers.constants else { throw undecided("operand \(index), \(integers),") }
    let shape = Shape(integers.extents)
    return constant(
      Tensor(type: integers.element, shape: shape) { bytes in
        let view = MutableTensorView(type: integers.element, shape: shape, bytes: bytes)
        for (position, number) in constants.enumerated() { view.store(number, at: position) }
      })
  }

  /// The numbers that a quantised operand stands for. Where there are several scales they belong to an axis,
  /// which may count from the end.
  fileprivate func numbers(
    _ index: Int, scale: Imported, zero: Int, axis: Int
  ) throws(LoweringError) -> Imported {
    let x = try data(index)
    let rank = type(x).rank
    let own = rank == 0 ? 0 : try self.axis(rank == 1 ? 0 : axis, rank: rank)
    let zero = optional(zero) == nil ? nil : try data(zero)
    var scale = scale
    // Several zero points may come with one scale.
    if let zero, type(scale).rank == 0 || type(scale).dimensions == [1], type(scale).dimensions != type(zero).dimensions
    {
      let single = try reshape(scale, [Dimension](repeating: 1, count: type(zero).rank))
      scale = try apply(Broadcast(type(zero).dimensions), single)
    }
    if let count = type(scale).dimensions.last, type(scale).rank > 1 {
      // One a row or column of a stack of matrices.
      let isOne = type(scale).dimensions.allSatisfy { $0 == 1 || $0 == count }
      guard isOne, type(scale).elementCount == count || type(scale).elementCount == type(x).dimensions[own] else {
        throw .operand(
          reference, index: index, expected: "one scale, or one an index of axis \(own)", found: "\(type(scale))")
      }
      let flat = [type(scale).elementCount]
      return try apply(
        Dequantize(QuantizationGrid(axis: own)),
        to: [x, reshape(scale, flat)]
          + (try zero.map { (zero) throws(LoweringError) in [try reshape(zero, flat)] } ?? []))
    }
    return try apply(Dequantize(QuantizationGrid(axis: own)), to: [x, scale] + (zero.map { [$0] } ?? []))
  }

  fileprivate func quantized(_ x: Imported, scale: Int, zero: Int) throws(LoweringError) -> Imported {
    let point = try data(zero)
    return try apply(Quantize(to: type(point).element), x, operand(scale), point)
  }

  /// One element as a scalar, a list as it is.
  fileprivate func scalar(_ x: Imported) throws(LoweringError) -> Imported {
    type(x).dimensions == [1] ? try reshape(x, []) : x
  }

  /// A scale of 1 in a type in which sums of this many products of bytes are exact.
  fileprivate func unit(terms: Int?) throws(LoweringError) -> Imported {
    let isShort = terms.map { $0 <= (1 << 24) / (255 * 255) } ?? false
    return constant(1, isShort ? .float32 : .float64, "unit")
  }
}
