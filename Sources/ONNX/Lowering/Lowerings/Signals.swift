import Graph
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// Operators of audio: windows and filter banks are constants, transforms are products with constants.

private let logOfTen = 2.302585092994046

extension Lowering {
  /// sin²(πn/N). https://onnx.ai/onnx/operators/onnx__HannWindow.html
  static let hannWindow = Lowering("HannWindow", since: 17) { (node) throws(LoweringError) in
    try node.window([0.5, -0.5])
  }

  /// https://onnx.ai/onnx/operators/onnx__HammingWindow.html
  static let hammingWindow = Lowering("HammingWindow", since: 17) { (node) throws(LoweringError) in
    try node.window([25.0 / 46, -21.0 / 46])
  }

  /// https://onnx.ai/onnx/operators/onnx__BlackmanWindow.html
  static let blackmanWindow = Lowering("BlackmanWindow", since: 17) { (node) throws(LoweringError) in
    try node.window([0.42, -0.5, 0.08])
  }

  /// Triangles over the frequencies of a spectrum, evenly spaced on the scale of mels.
  /// https://onnx.ai/onnx/operators/onnx__MelWeightMatrix.html
  static let melWeightMatrix = Lowering("MelWeightMatrix", since: 17) { (node) throws(LoweringError) in
    let bands = try node.oneInteger(0, 1...1 << 12)
    let length = try node.oneInteger(1, 1...IntegerTensor.limit)
    let rate = try node.oneInteger(2, 1...1 << 30)
    var ends: [Double] = []
    for index in 3...4 {
      guard let hertz = try node.number(index), hertz >= 0, hertz <= Double(rate) else {
        throw .operand(
          node.reference, index: index, expected: "a known frequency up to \(rate)",
          found: "\(node.type(try node.operand(index)))")
      }
      ends.append(2595 * log1p(hertz / 700) / logOfTen)
    }
    let bins = length / 2 + 1
    let step = (ends[1] - ends[0]) / Double(bands + 2)
    let places = (0..<bands + 2).map { band in
      let hertz = 700 * expm1((Double(band) * step + ends[0]) / 2595 * logOfTen)
      return Int((Double(length + 1) * hertz / Double(rate)).rounded(.down))
    }
    guard places.allSatisfy({ (0..<bins).contains($0) }) else {
      throw .operand(
        node.reference, index: 4, expected: "a frequency below half of \(rate)", found: "bins up to \(places)")
    }
    var matrix = [Double](repeating: 0, count: bins * bands)
    for band in 0..<bands {
      let (left, centre, right) = (places[band], places[band + 1], places[band + 2])
      if left == centre {
        matrix[centre * bands + band] = 1
      } else if left < centre {
        for bin in left...centre { matrix[bin * bands + band] = Double(bin - left) / Double(centre - left) }
      }
      guard centre < right else { continue }
      for bin in centre..<right { matrix[bin * bands + band] = Double(right - bin) / Double(right - centre) }
    }
    return [node.constant(Tensor(matrix, shape: [bins, bands]).converted(to: try node.outputType()))]
  }

  /// https://onnx.ai/onnx/operators/onnx__DFT.html
  static let dft = Lowering("DFT", since: 20) { (node) throws(LoweringError) in
    let axis = node.optional(2) == nil ? -2 : try node.oneInteger(2, -16...16)
    return [try node.transformed(axis: axis)]
  }

  /// The first version, with the axis as an attribute.
  static let dftByAttribute = Lowering("DFT", since: 17, through: 19) { (node) throws(LoweringError) in
    [try node.transformed(axis: node.int("axis", default: 1))]
  }

  /// A convolution along the signal, whose kernels are the waves of a window's length.
  /// https://onnx.ai/onnx/operators/onnx__STFT.html
  static let stft = Lowering("STFT", since: 17) { (node) throws(LoweringError) in
    let signal = try node.operand(0)
    let type = node.type(signal)
    let step = try node.oneInteger(1, 1...Windows.limit)
    let isOneSided = try node.int("onesided", default: 1) != 0
    let window = node.optional(2)
    guard type.rank == 3 || type.rank == 2, let parts = type.rank == 2 ? 1 : type.dimensions[2].constant,
      (1...2).contains(parts)
    else {
      throw .operand(node.reference, index: 0, expected: "a signal [N, l, 1 or 2]", found: "\(type)")
    }
    let stated = node.optional(3) == nil ? nil : try node.oneInteger(3, 1...IntegerTensor.limit)
    let length = stated ?? window.flatMap { node.type($0).dimensions.first?.constant } ?? type.dimensions[1].constant
    guard let length, length > 0, (type.dimensions[1] - Dimension(length)).constant.map({ $0 >= 0 }) ?? true else {
      throw .operand(node.reference, index: 3, expected: "a known length of frames", found: "\(type)")
    }
    let transform = Transform(length: length, count: length, parts: parts, isOneSided: isOneSided)
    try node.check(transform)
    // [l, parts, bins, 2] as kernels [2·bins, parts, l].
    var kernels = try node.apply(
      Transpose([2, 1, 0]),
      node.reshape(
        node.matrix(transform, type.element), [Dimension(length), Dimension(parts), Dimension(2 * transform.bins)]))
    if let window { kernels = try node.apply(Binary(.multiply), kernels, window) }
    let apart = try node.reshape(signal, [type.dimensions[0], type.dimensions[1], Dimension(parts)])
    let windows = Windows(strides: [step], dilations: [1], before: [0], after: [0])
    let frames = try node.apply(Convolution(windows), node.apply(Transpose([0, 2, 1]), apart), kernels)
    let count = node.type(frames).dimensions[2]
    let split = try node.reshape(frames, [type.dimensions[0], Dimension(transform.bins), 2, count])
    return [try node.apply(Transpose([0, 3, 1, 2]), split)]
  }
}

/// A discrete Fourier transform as a matrix.
private struct Transform {
  /// Numbers of the signal that are read, and how many the transform is of: those that lack are zeros.
  let length: Int
  let count: Int
  /// 1 for real numbers, 2 for complex ones.
  let parts: Int
  var isInverse = false
  /// Forwards only the first half of the spectrum is given; backwards only it is read, and real numbers are given.
  var isOneSided = false

  var bins: Int { isOneSided && !isInverse ? count / 2 + 1 : count }
  /// Numbers of one element of the result.
  var resultParts: Int { isOneSided && isInverse ? 1 : 2 }

  /// `[length · parts, bins · resultParts]`
  var matrix: [Double] {
    var matrix = [Double](repeating: 0, count: length * parts * bins * resultParts)
    let columns = bins * resultParts
    for n in 0..<length {
      // Backwards, what stands on one side of a one-sided spectrum counts for both.
      let isDouble = isInverse && isOneSided && n > 0 && 2 * n != count
      let weight = (isInverse ? 1 / Double(count) : 1) * (isDouble ? 2 : 1)
      for k in 0..<bins {
        let angle = 2 * .pi * Double(n * k % count) / Double(count) * (isInverse ? 1 : -1)
        let (c, s) = (cos(angle) * weight, sin(angle) * weight)
        let (row, column) = (n * parts * columns, k * resultParts)
        matrix[row + column] = c
        if resultParts == 2 { matrix[row + column + 1] = s }
        guard parts == 2 else { continue }
        matrix[row + columns + column] = -s
        if resultParts == 2 { matrix[row + columns + column + 1] = c }
      }
    }
    return matrix
  }
}

extension NodeReader {
  /// An operand that is one known integer in a range.
  func oneInteger(_ index: Int, _ range: ClosedRange<Int>) throws(LoweringError) -> Int {
    let integers = try constantIntegers(index)
    guard integers.count == 1, range.contains(integers[0]) else {
      throw .operand(
        reference, index: index, expected: "one integer from \(range.lowerBound) to \(range.upperBound)",
        found: "\(integers)")
    }
    return integers[0]
  }

  /// Σ weights[k] · cos(2πkn/N), N being the size, or one less where the window is not periodic.
  fileprivate func window(_ weights: [Double]) throws(LoweringError) -> [Imported] {
    let size = try oneInteger(0, 1...IntegerTensor.limit)
    let length = Double(try int("periodic", default: 1) != 0 ? size : size - 1)
    let values = (0..<size).map { n in
      weights.enumerated().reduce(0) { sum, term in
        sum + term.element * cos(2 * .pi * Double(term.offset * n) / length)
      }
    }
    return [constant(Tensor(values, shape: [size]).converted(to: try outputType()))]
  }

  fileprivate func outputType() throws(LoweringError) -> ElementType {
    let number = try int("output_datatype", default: 1)
    guard let type = Int32(exactly: number).flatMap({ ElementKind(rawValue: $0) })?.elementType else {
      throw .attribute(reference, name: "output_datatype", expected: "a number type", found: "\(number)")
    }
    return type
  }

  fileprivate func check(_ transform: Transform) throws(LoweringError) {
    let (rows, columns) = (transform.length * transform.parts, transform.bins * transform.resultParts)
    guard rows * columns <= 1 << 26 else {
      throw .limit(reference, what: "numbers of a transform", limit: 1 << 26, found: rows * columns)
    }
  }

  fileprivate func matrix(_ transform: Transform, _ element: ElementType) -> Imported {
    let shape = Shape([transform.length * transform.parts, transform.bins * transform.resultParts])
    return constant(Tensor(transform.matrix, shape: shape).converted(to: element))
  }

  fileprivate func transformed(axis stated: Int) throws(LoweringError) -> Imported {
    var x = try operand(0)
    let rank = type(x).rank
    let axis = try axis(stated, rank: rank)
    guard rank >= 2, axis < rank - 1, let own = type(x).dimensions[axis].constant, own > 0, own <= Windows.limit,
      let parts = type(x).dimensions[rank - 1].constant, (1...2).contains(parts)
    else {
      throw .operand(
        reference, index: 0, expected: "[…, 1 or 2] with a known extent on axis \(stated)", found: "\(type(x))")
    }
    let isInverse = try int("inverse", default: 0) != 0
    let isOneSided = try int("onesided", default: 0) != 0
    var count = isInverse && isOneSided ? 2 * (own - 1) : own
    if optional(1) != nil { count = try oneInteger(1, 1...Windows.limit) }
    guard count > 0, !isInverse || !isOneSided || parts == 2 else {
      throw .operand(reference, index: 0, expected: "a spectrum of complex numbers", found: "\(type(x))")
    }
    let read = min(own, isInverse && isOneSided ? count / 2 + 1 : count)
    let transform = Transform(
      length: read, count: count, parts: parts, isInverse: isInverse, isOneSided: isOneSided)
    try check(transform)
    if read < own { x = try apply(Slice(axis: axis, start: 0, count: Dimension(read)), x) }
    let order = (0..<rank - 1).filter { $0 != axis } + [axis, rank - 1]
    let rows = try apply(Transpose(order), x)
    let leading = Array(type(rows).dimensions[..<(rank - 2)])
    let flat = try reshape(rows, leading + [Dimension(read * parts)])
    // A product wants a matrix on its left. Waves cancel out: what is left needs more digits than go in.
    let left = leading.isEmpty ? try reshape(flat, [1, Dimension(read * parts)]) : flat
    let wide = try apply(Convert(to: .float64), left)
    let product = try apply(
      Convert(to: type(x).element), apply(MatMul(), wide, matrix(transform, .float64)))
    let split = try reshape(product, leading + [Dimension(transform.bins), Dimension(transform.resultParts)])
    return try apply(Transpose((0..<rank).map { order.firstIndex(of: $0) ?? 0 }), split)
  }
}
