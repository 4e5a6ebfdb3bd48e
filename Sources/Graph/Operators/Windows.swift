import Tensors

/// Where the windows of a convolution or a pooling lie over the spatial axes of a map `[N, c, …]`.
///
/// Each list has one entry a spatial axis. Window i of an axis begins at i · stride - before; its taps are
/// `dilation` apart. Source: ONNX Conv-11, MaxPool-12.
public struct Windows: Hashable, Sendable {
  public var strides: [Int]
  public var dilations: [Int]
  /// Padding in front of and behind each axis.
  public var before: [Int]
  public var after: [Int]

  public init(strides: [Int], dilations: [Int], before: [Int], after: [Int]) {
    self.strides = strides
    self.dilations = dilations
    self.before = before
    self.after = after
  }

  /// Spatial axes that are known: one to three.
  public static let ranks = 1...3

  /// Extents, paddings and strides of windows above this are refused, so that positions cannot overflow.
  public static let limit = 1 << 20

  init(attributes: Attributes, of op: String) throws(TypeError) {
    let padding = try attributes.integers("padding", of: op)
    self.init(
      strides: try attributes.integers("strides", of: op), dilations: try attributes.integers("dilations", of: op),
      before: Array(padding.prefix(padding.count / 2)), after: Array(padding.dropFirst(padding.count / 2)))
  }

  var attributes: [String: Attributes.Value] {
    ["strides": .integers(strides), "dilations": .integers(dilations), "padding": .integers(before + after)]
  }

  var rank: Int { strides.count }

  func check(_ kernel: [Int], of op: String) throws(TypeError) {
    func refusal(_ name: String, _ expected: String, _ found: [Int]) -> TypeError {
      .attribute(op: op, name: name, expected: expected, found: "\(found)")
    }
    guard Windows.ranks.contains(rank), strides.allSatisfy({ (1...Windows.limit).contains($0) }) else {
      throw refusal("strides", "one to three positive integers", strides)
    }
    guard dilations.count == rank, dilations.allSatisfy({ (1...Windows.limit).contains($0) }) else {
      throw refusal("dilations", "\(rank) positive integers", dilations)
    }
    guard before.count == rank, after.count == rank,
      (before + after).allSatisfy({ (0...Windows.limit).contains($0) })
    else {
      throw refusal("padding", "\(2 * rank) integers of 0 or more", before + after)
    }
    guard kernel.count == rank, kernel.allSatisfy({ (1...Windows.limit).contains($0) }) else {
      throw refusal("kernel", "\(rank) positive integers", kernel)
    }
  }

  /// Elements of an axis that a window reaches over, its gaps included.
  func reach(_ axis: Int, _ kernel: [Int]) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

  /// The number of windows along each axis: those that fit between the paddings, or, where `roundsUp`, also one that
  /// reaches behind them as long as it begins before the padding behind the axis.
  func counts(_ extents: [Dimension], _ kernel: [Int], roundsUp: Bool = false) -> [Dimension] {
    (0..<rank).map { axis in
      var slack = after[axis] - reach(axis, kernel)
      if roundsUp { slack = min(slack + strides[axis] - 1, -1) }
      return (extents[axis] + Dimension(before[axis] + slack)).floorDivided(by: strides[axis]) + 1
    }
  }

  /// A tap of a window on one axis, and the element it lies on: below 0 and from the extent on it is padding.
  struct Tap {
    let index: Int
    let position: Int
  }

  /// The taps of window `index`, padding included.
  func taps(_ axis: Int, _ kernel: [Int], window index: Int) -> [Tap] {
    (0..<kernel[axis]).map { tap in
      Tap(index: tap, position: index * strides[axis] - before[axis] + tap * dilations[axis])
    }
  }
}

/// The windows of a map with fewer than three spatial axes, seen with three: what evaluations walk over.
struct WindowWalk {
  /// Extents of the map, the kernel and the result, each three.
  let input: [Int]
  let kernel: [Int]
  let output: [Int]
  private let taps: [[[Windows.Tap]]]

  init(_ windows: Windows, input: [Int], kernel: [Int], output: [Int]) {
    let missing = [Int](repeating: 1, count: 3 - windows.rank)
    self.input = missing + input
    self.kernel = missing + kernel
    self.output = missing + output
    let single = [[Windows.Tap(index: 0, position: 0)]]
    taps =
      missing.map { _ in single }
      + (0..<windows.rank).map { axis in (0..<output[axis]).map { windows.taps(axis, kernel, window: $0) } }
  }

  var inputCount: Int { input.reduce(1, *) }
  var kernelCount: Int { kernel.reduce(1, *) }
  var outputCount: Int { output.reduce(1, *) }

  /// Calls `body` for each tap of a window, in row-major order: with its row-major number in the kernel and the
  /// row-major element that it lies on, nil where that is padding.
  func forEachTap(of window: Int, _ body: (_ tap: Int, _ element: Int?, _ positions: [Int]) -> Void) {
    let (column, row) = (window % output[2], window / output[2] % output[1])
    let plane = window / (output[1] * output[2])
    for a in taps[0][plane] {
      for b in taps[1][row] {
        for c in taps[2][column] {
          let inside =
            (0..<input[0]).contains(a.position) && (0..<input[1]).contains(b.position)
            && (0..<input[2]).contains(c.position)
          body(
            (a.index * kernel[1] + b.index) * kernel[2] + c.index,
            inside ? (a.position * input[1] + b.position) * input[2] + c.position : nil,
            [a.position, b.position, c.position])
        }
      }
    }
  }

  /// For each tap the element it lies on, -1 for padding.
  func elements(of window: Int) -> [Int] {
    var elements: [Int] = []
    elements.reserveCapacity(kernelCount)
    forEachTap(of: window) { _, element, _ in elements.append(element ?? -1) }
    return elements
  }
}
