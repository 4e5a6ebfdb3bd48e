extension RGBImage {
  /// The image as OpenCV's `resize` with `INTER_LINEAR` makes it of bytes: two neighbours an axis and no filter, in
  /// integers, so that no byte depends on how a processor rounds.
  public func resizedBilinearly(
    to target: ImageSize, limits: ImageLimits = .standard
  ) throws(ImageError) -> RGBImage {
    guard target.height > 0, target.width > 0, limits.allows(target) else {
      throw .resizeRefused(from: size, to: target, limit: limits.pixels)
    }
    let columns = BilinearTaps(length: width, count: target.width).keptInside()
    let rows = BilinearTaps(length: height, count: target.height)
    // Rows are resized along themselves when they are first needed; only the last two are kept.
    var lines: [Int: [Int32]] = [:]
    var result = [UInt8](repeating: 0, count: 3 * target.height * target.width)
    for row in 0..<target.height {
      let place = rows.places[row]
      let sources = [min(max(place, 0), height - 1), min(max(place + 1, 0), height - 1)]
      lines = lines.filter { sources.contains($0.key) }
      for source in sources where lines[source] == nil { lines[source] = line(source, columns) }
      guard let upper = lines[sources[0]], let lower = lines[sources[1]] else { continue }
      let (first, second) = (rows.first[row], rows.second[row])
      let start = 3 * row * target.width
      for position in 0..<3 * target.width {
        let sum = ((first * (upper[position] >> 4)) >> 16) + ((second * (lower[position] >> 4)) >> 16)
        result[start + position] = UInt8(clamping: (sum + 2) >> 2)
      }
    }
    return RGBImage(size: target, pixels: result)
  }

  private func line(_ row: Int, _ columns: BilinearTaps) -> [Int32] {
    let start = 3 * row * width
    var line = [Int32](repeating: 0, count: 3 * columns.places.count)
    for column in columns.places.indices {
      let left = columns.places[column]
      let right = min(left + 1, width - 1)
      for channel in 0..<3 {
        line[3 * column + channel] =
          columns.first[column] * Int32(pixels[start + 3 * left + channel])
          + columns.second[column] * Int32(pixels[start + 3 * right + channel])
      }
    }
    return line
  }
}

/// The left one of two neighbours of each element of a resized axis, and the weights of both, in 1/2048.
private struct BilinearTaps {
  private let length: Int
  private(set) var places: [Int] = []
  private(set) var first: [Int32] = []
  private(set) var second: [Int32] = []

  init(length: Int, count: Int) {
    self.length = length
    let scale = 1 / (Double(count) / Double(length))
    for index in 0..<count {
      let place = Float((Double(index) + 0.5) * scale - 0.5)
      let left = place.rounded(.down)
      places.append(Int(left))
      append(place - left)
    }
  }

  private mutating func append(_ fraction: Float) {
    first.append(Int32((2048 * (1 - fraction)).rounded(.toNearestOrEven)))
    second.append(Int32((2048 * fraction).rounded(.toNearestOrEven)))
  }

  /// Beyond the ends the last element counts alone.
  func keptInside() -> BilinearTaps {
    var result = self
    for index in places.indices where places[index] < 0 || places[index] >= length - 1 {
      result.places[index] = min(max(places[index], 0), length - 1)
      (result.first[index], result.second[index]) = (2048, 0)
    }
    return result
  }
}
