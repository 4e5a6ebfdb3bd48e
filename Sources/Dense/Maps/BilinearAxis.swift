/// How each element of a resampled axis is made of the axis' own: a weighted sum of a few neighbours.
///
/// One resampling after another is one such sum too, so that maps between two need not be held.
public struct BilinearAxis: Hashable, Sendable {
  /// By element of the result: places on the axis and their weights.
  public private(set) var taps: [[Tap]]

  public struct Tap: Hashable, Sendable {
    public let place: Int
    public let weight: Float
  }

  /// The axis as it is.
  public init(length: Int) { taps = (0..<length).map { [Tap(place: $0, weight: 1)] } }

  /// The axis resized to `count` elements: (y + 1/2) · length / count - 1/2, kept within the axis.
  ///
  /// Source: torch.nn.functional.interpolate, bilinear, without `align_corners`.
  public func resized(to count: Int) -> BilinearAxis {
    guard count != taps.count, !taps.isEmpty else { return self }
    var result = self
    let scale = Double(taps.count) / Double(count)
    result.taps = (0..<count).map { index in
      let place = max((Double(index) + 0.5) * scale - 0.5, 0)
      let left = min(Int(place), taps.count - 1)
      let right = min(left + 1, taps.count - 1)
      let fraction = Float(place - Double(left))
      return BilinearAxis.joined(
        taps[left].map { Tap(place: $0.place, weight: $0.weight * (1 - fraction)) }
          + taps[right].map { Tap(place: $0.place, weight: $0.weight * fraction) })
    }
    return result
  }

  /// The first elements.
  public func cropped(to count: Int) -> BilinearAxis {
    var result = self
    result.taps = Array(taps.prefix(count))
    return result
  }

  private static func joined(_ taps: [Tap]) -> [Tap] {
    var sums: [Tap] = []
    for tap in taps where tap.weight != 0 {
      if let index = sums.firstIndex(where: { $0.place == tap.place }) {
        sums[index] = Tap(place: tap.place, weight: sums[index].weight + tap.weight)
      } else {
        sums.append(tap)
      }
    }
    return sums
  }
}

extension LabelMap {
  /// The class with the largest logit of every pixel; of equal ones the first.
  ///
  /// `logits` are [classes, rows' source, columns' source], row-major; `rows` and `columns` say how they are resampled.
  public init(logits: UnsafePointer<Float>, classes: Int, size: (Int, Int), rows: BilinearAxis, columns: BilinearAxis) {
    let (h, w) = size
    let (height, width) = (rows.taps.count, columns.taps.count)
    var labels = [UInt16](repeating: 0, count: height * width)
    var line = [Float](repeating: 0, count: w)
    var best = [Float](repeating: 0, count: width)
    for row in 0..<height {
      for index in 0..<classes {
        let plane = logits + index * h * w
        for column in 0..<w { line[column] = 0 }
        for tap in rows.taps[row] {
          let source = plane + tap.place * w
          for column in 0..<w { line[column] += tap.weight * source[column] }
        }
        for column in 0..<width {
          var value: Float = 0
          for tap in columns.taps[column] { value += tap.weight * line[tap.place] }
          if index == 0 || value > best[column] {
            best[column] = value
            labels[row * width + column] = UInt16(index)
          }
        }
      }
    }
    self.init(height: height, width: width, labels: labels)
  }
}
