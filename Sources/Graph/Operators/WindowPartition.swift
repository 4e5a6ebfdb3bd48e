public import Tensors

/// A map cut into windows.
///
/// Operand: x `[N, h, w, c]`. Result: `[N, windows, positions, c]`; windows stand row by row, and zeros where the map
/// has been widened. Source: Liu et al. 2021, arXiv:2103.14030.
public struct WindowPartition: Operator {
  public static let identifier = "windowPartition"
  public let windowing: Windowing

  public init(_ windowing: Windowing) { self.windowing = windowing }
  public init(attributes: Attributes) throws(TypeError) {
    windowing = try Windowing(attributes: attributes, of: WindowPartition.identifier)
  }
  public var attributes: Attributes { Attributes(windowing.attributeValues) }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    try requireRank(operands[0], 4, "x")
    try windowing.validate(identifier)
    let x = operands[0].dimensions
    let grid = windowing.grid(x[1], x[2])
    return [TensorType(operands[0].element, [x[0], grid[0] * grid[1], Dimension(windowing.area), x[3]])]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    guard results[0].shape.elementCount > 0 else { return }
    let map = operands[0].shape
    let sources = windowing.sources(height: map[1], width: map[2])
    let (size, each) = (map[3] * operands[0].type.size, map[1] * map[2])
    for image in 0..<map[0] {
      for (position, source) in sources.enumerated() {
        let target = results[0].row(image * sources.count + position, size)
        if source >= 0 {
          target.copyMemory(from: operands[0].row(image * each + source, size))
        } else {
          target.initializeMemory(as: UInt8.self, repeating: 0)
        }
      }
    }
  }
}

extension TensorView {
  /// The bytes of one row of `size` bytes.
  func row(_ index: Int, _ size: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
  }
}

extension MutableTensorView {
  func row(_ index: Int, _ size: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
  }
}
