public import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One number for each window over the spatial axes of a map with channels first.
///
/// Operand: x `[N, c, …]`. Result: `[N, c, …]`. Source: ONNX MaxPool-12, AveragePool-19, LpPool-18.
public struct Pool: Operator {
  public static let identifier = "pool"
  public enum Function: String, CaseIterable, Sendable {
    /// The largest element; padding is not looked at. The smallest number of the type where all is padding.
    case max
    /// The row-major place of the first largest element in all of x, as int64.
    case indexOfMax
    /// As `indexOfMax`, with the spatial axes in column-major order.
    case columnMajorIndexOfMax
    /// The mean of the elements that are not padding.
    case average
    /// The mean with padding counted as zeros; what lies behind the padding is not counted.
    case averageWithPadding
    /// (Σ |x|^power)^(1/power)
    case norm
  }
  public let function: Function
  public let kernel: [Int]
  public let windows: Windows
  /// Whether a last window may reach behind the padding.
  public let roundsUp: Bool
  /// The exponent of `norm`; 0 otherwise.
  public let power: Int

  public init(_ function: Function, kernel: [Int], windows: Windows, roundsUp: Bool = false, power: Int = 0) {
    self.function = function
    self.kernel = kernel
    self.windows = windows
    self.roundsUp = roundsUp
    self.power = power
  }
  public init(attributes: Attributes) throws(TypeError) {
    function = try attributes.choice("function", of: Pool.identifier)
    kernel = try attributes.integers("kernel", of: Pool.identifier)
    windows = try Windows(attributes: attributes, of: Pool.identifier)
    roundsUp = try attributes.flag("roundsUp", of: Pool.identifier)
    power = try attributes.integer("power", of: Pool.identifier)
  }
  public var attributes: Attributes {
    let own: [String: Attributes.Value] = [
      "function": .text(function.rawValue), "kernel": .integers(kernel), "roundsUp": .integer(roundsUp ? 1 : 0),
      "power": .integer(power),
    ]
    return Attributes(windows.attributes.merging(own) { _, own in own })
  }

  private var givesIndices: Bool { function == .indexOfMax || function == .columnMajorIndexOfMax }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 1...1)
    let x = operands[0]
    if function != .max, !givesIndices { try requireFloat(x, "x") }
    try requireRank(x, windows.strides.count + 2, "x")
    try windows.check(kernel, of: identifier)
    guard function != .norm || power > 0 else {
      throw .attribute(op: identifier, name: "power", expected: "a positive integer", found: "\(power)")
    }
    let counts = windows.counts(Array(x.dimensions[2...]), kernel, roundsUp: roundsUp)
    return [TensorType(givesIndices ? .int64 : x.element, Array(x.dimensions[..<2]) + counts)]
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let x = operands[0].numbers()
    let input = Array(operands[0].shape.extents[2...])
    let walk = WindowWalk(windows, input: input, kernel: kernel, output: Array(results[0].shape.extents[2...]))
    let plane = walk.inputCount
    let missing = [Int](repeating: 0, count: 3 - input.count)
    let (before, after) = (missing + windows.before, missing + windows.after)
    for window in 0..<walk.outputCount {
      let elements = walk.elements(of: window).filter { $0 >= 0 }
      var counted = 0
      walk.forEachTap(of: window) { _, _, positions in
        let inPadding = (0..<3).allSatisfy {
          positions[$0] >= -before[$0] && positions[$0] < walk.input[$0] + after[$0]
        }
        if inPadding { counted += 1 }
      }
      for map in 0..<results[0].shape.count(0..<2) {
        let values = elements.map { x[map * plane + $0] }
        let target = map * walk.outputCount + window
        switch function {
        case .max: results[0].store(values.max() ?? -.infinity, at: target)
        case .indexOfMax, .columnMajorIndexOfMax:
          let best = values.indices.max { values[$0] < values[$1] || (values[$0] == values[$1] && $0 > $1) }
          let element = best.map { elements[$0] } ?? 0
          results[0].store(
            map * plane + (function == .indexOfMax ? element : columnMajor(element, walk.input)), at: target)
        case .average: results[0].store(values.reduce(0, +) / Double(values.count), at: target)
        case .averageWithPadding: results[0].store(values.reduce(0, +) / Double(counted), at: target)
        case .norm:
          let sum = values.reduce(0) { $0 + pow(abs($1), Double(power)) }
          results[0].store(pow(sum, 1 / Double(power)), at: target)
        }
      }
    }
  }

  private func columnMajor(_ element: Int, _ extents: [Int]) -> Int {
    let (column, row) = (element % extents[2], element / extents[2] % extents[1])
    let plane = element / (extents[1] * extents[2])
    return (column * extents[1] + row) * extents[0] + plane
  }
}
