import Graph
import Kernels
import Tensors

/// A convolution with stride 1 in bands of rows, each of which is padded and has its channels put last.
struct MapBands {
  let images: Int
  let (c, h, w): (Int, Int, Int)
  let (o, outHeight, outWidth): (Int, Int, Int)
  let kernel: (h: Int, w: Int)
  let padding: (h: Int, w: Int)
  /// Rows of the result that are made together: 1, or the 2 of Winograd's tiles.
  let tile: Int
  /// Rows of the result that a task makes: whole tiles.
  let rows: Int

  init(x: Shape, weight: Shape, y: Shape, padding: [Int], threads: Int) {
    images = x[0]
    (c, h, w) = (x[1], x[2], x[3])
    (o, outHeight, outWidth) = (weight[0], y[2], y[3])
    kernel = (weight[2], weight[3])
    self.padding = (padding[0], padding[1])
    tile = MapBands.takesTiles(c: c, o: o, kernel: kernel, positions: y.count(2..<4)) ? 2 : 1
    let width = w + 2 * padding[1]
    // So many positions that weights are read seldom, so few that a band stays in a cache.
    let (leastPositions, mostPositions) = tile == 1 ? (1 << 7, 1 << 10) : (1 << 9, 1 << 10)
    let each = (2 * threads + images - 1) / images
    let least = (leastPositions + width - 1) / width
    let rows = min(max((y[2] + each - 1) / each, least), max(mostPositions / width, 1), y[2])
    self.rows = (rows + tile - 1) / tile * tile
  }

  /// Channels from which on the fewer products of tiles outweigh what it takes to make them.
  private static let leastChannels = 64

  /// Whether Winograd's tiles are worth their weights, which are larger by 7 numbers for each 9: whatever the batch, so
  /// that an image's results do not depend on it.
  private static func takesTiles(c: Int, o: Int, kernel: (h: Int, w: Int), positions: Int) -> Bool {
    guard kernel == (3, 3), min(c, o) >= leastChannels else { return false }
    let (weights, first) = (7 * c).multipliedReportingOverflow(by: o)
    let (maps, second) = (8 * (c + o)).multipliedReportingOverflow(by: positions)
    return !first && (second || weights <= maps)
  }

  /// Of the padded map.
  var width: Int { w + 2 * padding.w }
  var count: Int { (outHeight + rows - 1) / rows }

  /// Rows of the result that are made for so many that are wanted.
  func madeRows(_ rows: Int) -> Int { (rows + tile - 1) / tile * tile }

  /// Floats of a band's padded map, in whole lines; nil where they are too many to count. The last tile of a row reads
  /// a position more.
  var inputCount: Int? {
    guard let map = Self.product([rows + kernel.h - 1, width, c]), let over = Self.product([tile - 1, c]) else {
      return nil
    }
    return (map + over + 15) / 16 * 16
  }
  /// Floats of a band's product, positions beyond the ends of its rows included.
  var outputCount: Int? { Self.product([rows, width, o]).map { ($0 + 15) / 16 * 16 } }

  static func product(_ factors: [Int]) -> Int? {
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow, next <= 1 << 40 else { return nil }
      product = next
    }
    return product
  }

  func range(_ band: Int) -> Range<Int> { band * rows..<min((band + 1) * rows, outHeight) }

  /// Positions from the first to the last one of so many rows.
  func positions(_ rows: Int) -> Int { (rows - 1) * width + outWidth }

  /// Writes the padded map that the result's rows `range` are made of, channels last.
  func gather(
    _ padded: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ range: Range<Int>, _ kernels: KernelSet
  ) {
    let line = width * c
    let count = madeRows(range.count) + kernel.h - 1
    (padded + count * line).update(repeating: 0, count: (tile - 1) * c)
    for row in 0..<count {
      let (target, y) = (padded + row * line, range.lowerBound + row - padding.h)
      guard (0..<h).contains(y) else {
        target.update(repeating: 0, count: line)
        continue
      }
      let edge = padding.w * c
      target.update(repeating: 0, count: edge)
      (target + line - edge).update(repeating: 0, count: edge)
      kernels.transpose(target + edge, c, x + y * w, h * w, c, w)
    }
  }
}
