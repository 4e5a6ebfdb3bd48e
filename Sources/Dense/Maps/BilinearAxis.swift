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

/// Taps of an axis in one list, as many for every element: those that are missing have no weight.
struct FlatTaps {
  let count: Int
  let each: Int
  let places: [Int32]
  let weights: [Float]

  init(_ axis: BilinearAxis) {
    count = axis.taps.count
    let each = max(axis.taps.map(\.count).max() ?? 1, 1)
    self.each = each
    var (places, weights): ([Int32], [Float]) = ([], [])
    for taps in axis.taps {
      for tap in taps {
        places.append(Int32(tap.place))
        weights.append(tap.weight)
      }
      for _ in taps.count..<each {
        places.append(Int32(taps.last?.place ?? 0))
        weights.append(0)
      }
    }
    (self.places, self.weights) = (places, weights)
  }

  /// Calls `body` with every element's weighted sum of the line's elements.
  @inline(__always)
  func forEach(of line: UnsafePointer<Float>, _ body: (Int, Float) -> Void) {
    places.withUnsafeBufferPointer { places in
      weights.withUnsafeBufferPointer { weights in
        for element in 0..<count {
          var value: Float = 0
          for tap in element * each..<(element + 1) * each { value += weights[tap] * line[Int(places[tap])] }
          body(element, value)
        }
      }
    }
  }
}

/// Which class is the largest so far, pixel by pixel of a row.
struct RowDecision {
  private var best: [Float]
  private(set) var labels: [UInt16]

  init(count: Int) {
    best = [Float](repeating: 0, count: count)
    labels = [UInt16](repeating: 0, count: count)
  }

  /// Looks at the next class; the first one is 0.
  mutating func add(_ index: Int, _ line: UnsafePointer<Float>, _ columns: FlatTaps) {
    let label = UInt16(index)
    best.withUnsafeMutableBufferPointer { best in
      labels.withUnsafeMutableBufferPointer { labels in
        columns.forEach(of: line) { column, value in
          guard index == 0 || value > best[column] else { return }
          best[column] = value
          labels[column] = label
        }
      }
    }
  }
}

extension LabelMap {
  /// The class with the largest logit of every pixel; of equal ones the first.
  ///
  /// `logits` are [classes, rows' source, columns' source], row-major; `rows` and `columns` say how they are resampled.
  /// `sharing` calls its second argument once for every index below the first, in any order and on any threads.
  public init(
    logits: UnsafePointer<Float>, classes: Int, size: (Int, Int), rows: BilinearAxis, columns: BilinearAxis,
    sharing: (Int, (Int) -> Void) -> Void = { count, body in for index in 0..<count { body(index) } }
  ) {
    let (h, w) = size
    let flat = FlatTaps(columns)
    let (height, width) = (rows.taps.count, columns.taps.count)
    let labels = [UInt16](unsafeUninitializedCapacity: height * width) { labels, count in
      // Every row writes its own labels.
      nonisolated(unsafe) let target = labels
      sharing(height) { row in
        var decision = RowDecision(count: width)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: w) { line in
          guard let sums = line.baseAddress else { return }
          for index in 0..<classes {
            sums.update(repeating: 0, count: w)
            for tap in rows.taps[row] {
              let source = logits + (index * h + tap.place) * w
              for column in 0..<w { sums[column] += tap.weight * source[column] }
            }
            decision.add(index, UnsafePointer(sums), flat)
          }
        }
        for column in 0..<width { target.initializeElement(at: row * width + column, to: decision.labels[column]) }
      }
      count = height * width
    }
    self.init(height: height, width: width, labels: labels)
  }
}
