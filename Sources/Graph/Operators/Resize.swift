public import Tensors

/// Samples a tensor anew along its axes: enlarged, shrunk, or a part of it.
///
/// Operand: x. Result: `sizes`. Axes are resampled one after the other, each as `Interpolation` says.
/// Source: ONNX Resize-19.
public struct Resize: Operator {
  public static let identifier = "resize"
  /// The result's extents, one an axis.
  public let sizes: [Dimension]
  /// The result's length over x's, one an axis; empty where it is that of the extents. It differs from that where
  /// extents are rounded, and tells where the result's elements lie.
  public let scales: [Double]
  /// The part of x that the result covers, as fractions of its axes: every axis' start, then every axis' end; empty
  /// but for `Coordinates.cropAndResize`.
  public let region: [Double]
  public let sampling: Sampling

  public init(sizes: [Dimension], scales: [Double] = [], region: [Double] = [], sampling: Sampling) {
    self.sizes = sizes
    self.scales = scales
    self.region = region
    self.sampling = sampling
  }
  public init(attributes: Attributes) throws(TypeError) {
    sizes = try attributes.dimensions("sizes", of: Resize.identifier)
    scales = try attributes.numbers("scales", of: Resize.identifier)
    region = try attributes.numbers("region", of: Resize.identifier)
    sampling = try Sampling(attributes: attributes, of: Resize.identifier)
  }
  public var attributes: Attributes {
    let own: [String: Attributes.Value] = [
      "sizes": .dimensions(sizes), "scales": .numbers(scales), "region": .numbers(region),
    ]
    return Attributes(own.merging(sampling.attributes) { own, _ in own })
  }

  /// Scales beyond these bounds, or their inverse, are refused: one element of the result would be made of too many.
  public static let largestScale = 4096.0

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    let x = operands[0]
    let extents = sizes.allSatisfy { size in size.constant.map { $0 > 0 } ?? !size.symbols.isEmpty }
    guard sizes.count == x.rank, extents else {
      throw refusal("sizes", "\(x.rank) positive extents", Attributes.Value.dimensions(sizes))
    }
    let bounds = 1 / Resize.largestScale...Resize.largestScale
    guard scales.isEmpty || (scales.count == x.rank && scales.allSatisfy(bounds.contains)) else {
      throw refusal("scales", "\(x.rank) numbers from 1/4096 to 4096, or none", .numbers(scales))
    }
    for (axis, scale) in scales.enumerated() {
      guard let from = x.dimensions[axis].constant, let to = sizes[axis].constant else { continue }
      guard abs(Double(from) * scale - Double(to)) <= 1 else {
        throw refusal("scales", "numbers that make \(x) of the sizes", .numbers(scales))
      }
    }
    let isCrop = sampling.coordinates == .cropAndResize
    guard region.count == (isCrop ? 2 * x.rank : 0), region.allSatisfy({ abs($0) <= Double(Windows.limit) }) else {
      throw refusal("region", isCrop ? "\(2 * x.rank) fractions" : "none", .numbers(region))
    }
    try sampling.check(identifier)
    guard sampling.coordinates != .geometric || x.rank == 3 && x.dimensions[2] == sizes[2] else {
      throw refusal("sizes", "those of a map [h, w, c] with c as it is", .dimensions(sizes))
    }
    return [TensorType(x.element, sizes)]
  }

  private func refusal(_ name: String, _ expected: String, _ found: Attributes.Value) -> TypeError {
    .attribute(op: identifier, name: name, expected: expected, found: "\(found)")
  }

  /// How each axis that changes is resampled for these extents; nil for those that stay.
  public func interpolations(from: Shape, to: Shape) -> [Interpolation?] {
    let isTable = sampling.coordinates == .geometric
    return (0..<from.rank).map { axis in
      if isTable, axis == from.rank - 1 || from == to { return nil }
      let scale = scales.isEmpty ? Double(to[axis]) / Double(from[axis]) : scales[axis]
      let part = region.isEmpty ? (start: 0, end: 1) : (start: region[axis], end: region[from.rank + axis])
      if !isTable, from[axis] == to[axis], abs(scale - 1) < 1e-9, part == (0, 1) { return nil }
      let line = Interpolation.Line(length: from[axis], count: to[axis], scale: scale, part: part)
      return Interpolation(line, sampling)
    }
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    guard operands[0].shape.elementCount > 0, results[0].shape.elementCount > 0 else {
      for position in 0..<results[0].shape.elementCount { results[0].store(0.0, at: position) }
      return
    }
    var values = operands[0].numbers()
    var extents = operands[0].shape.extents
    for (axis, interpolation) in interpolations(from: operands[0].shape, to: results[0].shape).enumerated() {
      guard let interpolation else { continue }
      let (outer, inner) = (Shape(extents).count(0..<axis), Shape(extents).count(axis + 1..<extents.count))
      values = interpolation.applied(to: values, outer: outer, inner: inner)
      extents[axis] = interpolation.count
    }
    for (position, value) in values.enumerated() { results[0].store(value, at: position) }
  }
}
