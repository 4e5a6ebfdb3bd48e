/// For each pixel of a resized row or column: which source pixels make it, and by which fixed-point weights.
struct ResamplingWeights {
  /// Weights are multiples of 2^-22: 32 bits less 8 for the pixel and 2 for the sign and overshoot.
  static let precisionBits = 22

  /// Weights stored for each result, of which the first `counts[i]` are used.
  let stride: Int
  private(set) var starts: [Int32]
  private(set) var counts: [Int32]
  private(set) var weights: [Int32]

  /// The source pixels that any result needs.
  var range: Range<Int> {
    guard let first = starts.first, let last = starts.last, let count = counts.last else { return 0..<0 }
    return Int(first)..<Int(last) + Int(count)
  }

  /// Resizes `interval` of a line of `length` pixels to `count` pixels.
  ///
  /// The arithmetic is Pillow's (`precompute_coeffs`, `normalize_coeffs_8bpc`): weights in double precision,
  /// their support widened when shrinking, normalised to sum to one, rounded half away from zero.
  init(length: Int, interval: ClosedRange<Double>, count: Int, filter: ResamplingFilter) {
    let scale = interval.length / Double(count)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    let inverse = 1 / filterScale
    stride = Int(support.rounded(.up)) * 2 + 1
    starts = []
    counts = []
    weights = [Int32](repeating: 0, count: count * stride)
    starts.reserveCapacity(count)
    counts.reserveCapacity(count)

    var line = [Double](repeating: 0, count: stride)
    for index in 0..<count {
      let center = interval.lowerBound + (Double(index) + 0.5) * scale
      let start = max(Int(center - support + 0.5), 0)
      let used = max(min(Int(center + support + 0.5), length) - start, 0)
      var sum = 0.0
      for offset in 0..<used {
        line[offset] = filter.weight((Double(offset + start) - center + 0.5) * inverse)
        sum += line[offset]
      }
      for offset in 0..<used {
        let weight = (sum != 0 ? line[offset] / sum : line[offset]) * Double(1 << Self.precisionBits)
        weights[index * stride + offset] = Int32(weight < 0 ? weight - 0.5 : weight + 0.5)
      }
      starts.append(Int32(start))
      counts.append(Int32(used))
    }
  }
}

extension ClosedRange<Double> {
  /// The difference of the bounds, which Pillow takes in single precision.
  var length: Double { Double(Float(upperBound) - Float(lowerBound)) }
}
