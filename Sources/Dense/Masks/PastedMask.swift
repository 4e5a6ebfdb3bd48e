#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension RunLengthMask {
  /// The pixels of an image where a mask that a network gave for a box says yes.
  ///
  /// `logits` are side · side numbers, row-major, over the box. A pixel's probability is bilinear between those of the
  /// mask's elements, 0 beyond them; no image of probabilities is held.
  /// Source: mmdet.models.FCNMaskHead; torch.nn.functional.grid_sample, zeros, without `align_corners`.
  public init(height: Int, width: Int, logits: ArraySlice<Float>, side: Int, box: Box, threshold: Float) {
    let values = logits.map { 1 / (1 + expf(-$0)) }
    let columns = PastingAxis(from: box.left, to: box.right, count: width, side: side)
    let rows = PastingAxis(from: box.top, to: box.bottom, count: height, side: side)
    func value(_ row: Int, _ column: Int) -> Float {
      (0..<side).contains(row) && (0..<side).contains(column) ? values[row * side + column] : 0
    }
    self.init(height: height, width: width, rows: rows.reach, columns: columns.reach) { row, column in
      let (x, y) = (columns.places[column - columns.reach.lowerBound], rows.places[row - rows.reach.lowerBound])
      let upper = value(y.first, x.first) * (1 - x.weight) + value(y.first, x.first + 1) * x.weight
      let lower = value(y.first + 1, x.first) * (1 - x.weight) + value(y.first + 1, x.first + 1) * x.weight
      return upper * (1 - y.weight) + lower * y.weight >= threshold
    }
  }
}

/// Which elements of a mask's axis an image's pixels lie between.
private struct PastingAxis {
  /// The pixels that the box reaches; beyond them a probability is below half of the mask's.
  let reach: Range<Int>
  private(set) var places: [(first: Int, weight: Float)] = []

  init(from start: Float, to end: Float, count: Int, side: Int) {
    func bounded(_ value: Float) -> Int { Int(min(max(value.isNaN ? 0 : value, 0), Float(count))) }
    let low = bounded(floorf(start) - 1)
    reach = low..<max(bounded(ceilf(end) + 1), low)
    for pixel in reach {
      var place = (Float(pixel) + 0.5 - start) / (end - start) * 2 - 1
      if place.isInfinite { place = 0 }
      place = ((place + 1) * Float(side) - 1) / 2
      let first = floorf(min(max(place.isNaN ? -2 : place, -2), Float(side) + 1))
      places.append((Int(first), min(max(place - first, 0), 1)))
    }
  }
}
