public import Tensors

/// The means of parts that each spatial axis is cut into, as many as asked for whatever its extent.
///
/// Operand: x `[N, c, …]`. Result: `[N, c]` and `sizes`. Part i of the s parts of an axis of extent n goes from
/// ⌊i · n / s⌋ to ⌈(i + 1) · n / s⌉, so that neighbours overlap where s does not divide n.
/// Source: torch.nn.AdaptiveAvgPool1d to 3d.
public struct AdaptivePool: Operator {
  public static let identifier = "adaptivePool"
  public let sizes: [Int]

  public init(sizes: [Int]) { self.sizes = sizes }
  public init(attributes: Attributes) throws(TypeError) {
    sizes = try attributes.integers("sizes", of: AdaptivePool.identifier)
  }
  public var attributes: Attributes { Attributes(["sizes": .integers(sizes)]) }

  /// More parts are refused: each is a step of a loop.
  private static let limit = 1 << 12

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    let x = operands[0]
    try requireFloat(x, "x")
    guard (1...3).contains(sizes.count), sizes.allSatisfy({ (1...AdaptivePool.limit).contains($0) }) else {
      throw .attribute(
        op: identifier, name: "sizes", expected: "1 to 3 integers from 1 to \(AdaptivePool.limit)", found: "\(sizes)")
    }
    try requireRank(x, sizes.count + 2, "x")
    for axis in 2..<x.rank {
      guard x.dimensions[axis].constant != 0 else {
        throw .extent(op: identifier, operand: "x", axis: axis, expected: "1 or more", found: x)
      }
    }
    return [TensorType(x.element, Array(x.dimensions[..<2]) + sizes.map { Dimension($0) })]
  }

  /// The elements of an axis that part `index` of `count` covers; not empty for an axis that has elements.
  public static func part(_ index: Int, of count: Int, extent: Int) -> Range<Int> {
    index * extent / count..<((index + 1) * extent + count - 1) / count
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    var values = operands[0].numbers()
    var extents = operands[0].shape.extents
    for (place, size) in sizes.enumerated() {
      let axis = place + 2
      let (extent, inner) = (extents[axis], Shape(extents).count(axis + 1..<extents.count))
      let outer = Shape(extents).count(0..<axis)
      var means: [Double] = []
      for row in 0..<outer {
        for index in 0..<size {
          let part = AdaptivePool.part(index, of: size, extent: extent)
          for column in 0..<inner {
            let sum = part.reduce(0) { $0 + values[(row * extent + $1) * inner + column] }
            means.append(sum / Double(part.count))
          }
        }
      }
      values = means
      extents[axis] = size
    }
    for (position, value) in values.enumerated() { results[0].store(value, at: position) }
  }
}
