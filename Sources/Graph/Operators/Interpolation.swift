/// How the elements of a resampled axis are made of the axis' own: a weighted sum of neighbours each.
///
/// Source: ONNX Resize-19 and its reference evaluation. With `antialiases`, `excludesOutside` and a cubic coefficient
/// of -0.5 these are Pillow's filters, which PyTorch's `antialias=True` computes.
public struct Interpolation: Sendable {
  /// An axis and what becomes of it.
  public struct Line: Sendable {
    public let length: Int
    public let count: Int
    public let scale: Double
    /// What the result covers, in fractions of the axis; looked at by `cropAndResize`.
    public let part: (start: Double, end: Double)

    public init(length: Int, count: Int, scale: Double, part: (start: Double, end: Double) = (0, 1)) {
      self.length = length
      self.count = count
      self.scale = scale
      self.part = part
    }
  }

  public let length: Int
  public let count: Int
  /// Neighbours of each element.
  public let taps: Int
  /// `count` times `taps` elements of the axis, and their weights.
  public private(set) var positions: [Int] = []
  public private(set) var weights: [Double] = []
  /// Elements of the result that lie outside the axis and are `extrapolation`.
  public private(set) var outside: [Bool] = []
  public let extrapolation: Double

  /// Precondition: `length` and `count` are positive, and a scale within `Resize.largestScale` or of the extents.
  public init(_ line: Line, _ sampling: Sampling) {
    length = line.length
    count = line.count
    extrapolation = sampling.extrapolation
    let narrowing = sampling.antialiases ? min(line.scale, 1) : 1
    let radius: Double = sampling.filter == .cubic ? 2 : 1
    let reach = sampling.filter == .nearest ? 1 : Int((radius / narrowing).rounded(.up))
    taps = sampling.filter == .nearest ? 1 : 2 * reach
    positions.reserveCapacity(count * taps)
    weights.reserveCapacity(count * taps)
    for index in 0..<count {
      // Far from the axis all places are alike; the bounds keep them countable.
      let place = min(max(line.place(of: index, sampling.coordinates), -0x1p40), 0x1p40)
      let isOutside = sampling.coordinates == .cropAndResize && !(0...Double(length - 1)).contains(place)
      outside.append(isOutside)
      // The neighbours are as many on either side; an element exactly at the place is the last on the left.
      let left = isOutside ? 0 : Int(place.rounded(.up)) - 1
      let ratio = isOutside ? 0 : place - Double(left)
      if sampling.filter == .nearest {
        append(sampling.rounding.choosesRight(ratio) ? left + 1 : left, 1)
        continue
      }
      var kernel = (1 - reach...reach).map { sampling.weight(at: (Double($0) - ratio) * narrowing) }
      if sampling.antialiases { kernel.normalise() }
      let first = left + 1 - reach
      if sampling.excludesOutside {
        for tap in kernel.indices where !(0..<length).contains(first + tap) { kernel[tap] = 0 }
        kernel.normalise()
      }
      for (tap, weight) in kernel.enumerated() { append(first + tap, weight) }
    }
  }

  private mutating func append(_ position: Int, _ weight: Double) {
    positions.append(min(max(position, 0), length - 1))
    weights.append(weight)
  }

  /// Resamples the middle axis of `[outer, length, inner]`.
  func applied(to values: [Double], outer: Int, inner: Int) -> [Double] {
    var result = [Double](repeating: 0, count: outer * count * inner)
    result.withUnsafeMutableBufferPointer { result in
      values.withUnsafeBufferPointer { values in
        for block in 0..<outer {
          for index in 0..<count {
            let target = (block * count + index) * inner
            for tap in index * taps..<(index + 1) * taps where weights[tap] != 0 && !outside[index] {
              let (weight, source) = (weights[tap], (block * length + positions[tap]) * inner)
              for offset in 0..<inner { result[target + offset] += weight * values[source + offset] }
            }
            if outside[index] { for offset in 0..<inner { result[target + offset] = extrapolation } }
          }
        }
      }
    }
    return result
  }
}

extension Interpolation.Line {
  /// The place on the axis of an element of the result.
  fileprivate func place(of element: Int, _ coordinates: Sampling.Coordinates) -> Double {
    let index = Double(element)
    let last = Double(length - 1)
    let width = scale * Double(length)
    let isSingle = abs(width - 1) < 1e-9
    switch coordinates {
    case .halfPixel: return (index + 0.5) / scale - 0.5
    case .halfPixelSymmetric:
      return Double(length) / 2 * (1 - Double(count) / width) + (index + 0.5) / scale - 0.5
    case .halfPixelOrFirst: return count == 1 ? 0 : (index + 0.5) / scale - 0.5
    case .halfPixelOfNearest: return (index + 0.5) / scale
    case .alignCorners: return isSingle ? 0 : index * last / (width - 1)
    case .asymmetric: return index / scale
    case .cropAndResize:
      let covered = (part.end - part.start) * last
      return part.start * last + (isSingle ? covered / 2 : index * covered / (width - 1))
    case .geometric: return GeometricPlaces(length: length, count: count)[element]
    }
  }
}

extension Sampling.Rounding {
  /// Whether the right neighbour is the nearer one; `ratio`, in (0, 1], is the distance from the left one.
  fileprivate func choosesRight(_ ratio: Double) -> Bool {
    if ratio == 1 { return true }
    return switch self {
    case .halfDown: ratio > 0.5
    case .halfUp: ratio >= 0.5
    case .down: false
    case .up: true
    }
  }
}

extension Sampling {
  /// The weight of a neighbour at a distance.
  fileprivate func weight(at distance: Double) -> Double {
    let x = abs(distance)
    guard filter == .cubic else { return max(0, 1 - x) }
    let a = cubicCoefficient
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
  }
}

extension [Double] {
  fileprivate mutating func normalise() {
    let sum = reduce(0, +)
    if sum != 0 { self = map { $0 / sum } }
  }
}
