/// A mask as runs: so many pixels outside, so many inside, and so on, down the columns, the leftmost first.
///
/// Source: COCO's run-length encoding, https://cocodataset.org/#format-results.
public struct RunLengthMask: Hashable, Sendable {
  public let height: Int
  public let width: Int
  /// Runs in turn outside and inside; the first is outside and may be 0. They sum to the number of pixels.
  public let runs: [Int]

  /// Larger masks are refused, so that positions stay countable.
  public static let sideLimit = 1 << 20

  /// Throws where the runs do not cover the mask exactly.
  public init(height: Int, width: Int, runs: [Int]) throws(MaskError) {
    guard (0...Self.sideLimit).contains(height), (0...Self.sideLimit).contains(width) else {
      throw .size(height: height, width: width)
    }
    var sum = 0
    for run in runs {
      guard run >= 0, run <= height * width - sum else {
        throw .runs(expected: height * width, found: run < 0 ? "a run of \(run)" : "more")
      }
      sum += run
    }
    guard sum == height * width else { throw .runs(expected: height * width, found: "\(sum)") }
    self.init(unchecked: runs, height: height, width: width)
  }

  private init(unchecked runs: [Int], height: Int, width: Int) {
    self.height = height
    self.width = width
    self.runs = runs
  }

  /// The runs of a mask whose pixel of a row and column `contains` tells.
  public init(height: Int, width: Int, contains: (_ row: Int, _ column: Int) -> Bool) {
    self.init(height: height, width: width, rows: 0..<height, columns: 0..<width, contains: contains)
  }

  /// The same where all pixels beyond these rows and columns are outside.
  ///
  /// Precondition: the ranges lie within the mask.
  init(
    height: Int, width: Int, rows: Range<Int>, columns: Range<Int>, contains: (_ row: Int, _ column: Int) -> Bool
  ) {
    precondition(height >= 0 && width >= 0, "a mask has no negative extents")
    precondition(rows.upperBound <= height && columns.upperBound <= width, "a mask has no pixels beyond its extents")
    var writer = RunWriter()
    writer.append(false, columns.lowerBound * height)
    for column in columns {
      writer.append(false, rows.lowerBound)
      for row in rows { writer.append(contains(row, column), 1) }
      writer.append(false, height - rows.upperBound)
    }
    writer.append(false, (width - columns.upperBound) * height)
    self.init(unchecked: writer.finished, height: height, width: width)
  }

  /// The runs of row-major pixels; those that are not 0 are inside.
  ///
  /// Precondition: `pixels` are height · width.
  public init(height: Int, width: Int, pixels: [UInt8]) {
    precondition(pixels.count == height * width, "a mask has as many pixels as its extents say")
    self.init(height: height, width: width) { pixels[$0 * width + $1] != 0 }
  }

  /// Pixels inside.
  public var area: Int { stride(from: 1, to: runs.count, by: 2).reduce(0) { $0 + runs[$1] } }

  /// Row-major pixels, 1 inside.
  public var pixels: [UInt8] {
    var pixels = [UInt8](repeating: 0, count: height * width)
    forEachInside { position in pixels[position % height * width + position / height] = 1 }
    return pixels
  }

  /// Calls `body` with every pixel inside, counted column by column, in order.
  @inline(__always)
  func forEachInside(_ body: (Int) -> Void) {
    var position = 0
    for (index, run) in runs.enumerated() {
      if index % 2 == 1 { for place in position..<position + run { body(place) } }
      position += run
    }
  }

  /// The smallest box around the pixels inside; zeros where there are none.
  public var box: CornerBox {
    guard area > 0 else { return CornerBox(left: 0, top: 0, right: 0, bottom: 0) }
    var (rows, columns) = ((Int.max, 0), (Int.max, 0))
    var position = 0
    for (index, run) in runs.enumerated() {
      defer { position += run }
      guard index % 2 == 1, run > 0 else { continue }
      let (first, last) = (position, position + run - 1)
      columns = (min(columns.0, first / height), max(columns.1, last / height))
      // A run that passes the end of a column touches its last row and the first of the next.
      let wraps = first / height != last / height
      rows = (
        min(rows.0, wraps ? 0 : first % height), max(rows.1, wraps ? height - 1 : last % height)
      )
    }
    return CornerBox(
      left: Double(columns.0), top: Double(rows.0), right: Double(columns.1 + 1), bottom: Double(rows.1 + 1))
  }

  /// Pixels that are inside both masks, which are of one size.
  public func intersection(_ other: RunLengthMask) -> Int {
    var (a, b) = (RunWalk(runs), RunWalk(other.runs))
    var count = 0
    while let left = a.rest, let right = b.rest {
      let step = min(left, right)
      if a.isInside, b.isInside { count += step }
      a.advance(step)
      b.advance(step)
    }
    return count
  }

  /// The pixels that are inside one of the masks, all of one size.
  public init(union masks: [RunLengthMask], height: Int, width: Int) {
    guard masks.count != 1 else {
      self = masks[0]
      return
    }
    var pixels = [Bool](repeating: false, count: height * width)
    for mask in masks { mask.forEachInside { pixels[$0] = true } }
    self.init(height: height, width: width) { pixels[$1 * height + $0] }
  }
}

/// Joins pixels to runs.
private struct RunWriter {
  private var runs: [Int] = []
  private var isInside = false
  private var length = 0

  mutating func append(_ inside: Bool, _ count: Int) {
    guard count > 0 else { return }
    if inside != isInside {
      runs.append(length)
      (isInside, length) = (inside, 0)
    }
    length += count
  }

  var finished: [Int] { runs + [length] }
}

/// A place in a list of runs.
private struct RunWalk {
  private let runs: [Int]
  private var index = 0
  private var used = 0

  init(_ runs: [Int]) {
    self.runs = runs
    skipEmpty()
  }

  var isInside: Bool { index % 2 == 1 }
  /// What is left of the run; nil at the end.
  var rest: Int? { index < runs.count ? runs[index] - used : nil }

  mutating func advance(_ step: Int) {
    used += step
    skipEmpty()
  }

  private mutating func skipEmpty() {
    while index < runs.count, runs[index] == used { (index, used) = (index + 1, 0) }
  }
}

/// Why numbers are no mask.
public enum MaskError: Error, Hashable, Sendable {
  case size(height: Int, width: Int)
  case runs(expected: Int, found: String)
  case text(String)
  case polygon(String)
}

extension MaskError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .size(let height, let width):
      "a mask of 0 to \(RunLengthMask.sideLimit) pixels a side expected, \(height)x\(width) found"
    case .runs(let expected, let found): "runs of \(expected) pixels in all expected, \(found) found"
    case .text(let text): "no compressed runs: \(text.prefix(40).debugDescription)"
    case .polygon(let reason): "no polygon: \(reason)"
    }
  }
}
