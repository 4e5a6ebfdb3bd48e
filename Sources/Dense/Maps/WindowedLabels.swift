/// The classes of an image's pixels from the logits of overlapping windows, whose mean decides.
///
/// Windows come row by row. What they say is held as the network gave it, on a coarser grid, and only for rows that
/// still need it: an image may have any height, and its logits are never held at its full size.
public struct WindowedLabels: Sendable {
  private struct Part: Sendable {
    let window: WindowGrid.Window
    /// [classes, height, width] of the rows from `first` on.
    var logits: [Float]
    var first = 0
    var height: Int
    let width: Int
    let rows: BilinearAxis
    let columns: FlatTaps

    /// Lets go of rows that no row of the input from this one on is made of.
    mutating func trim(to row: Int) {
      guard window.rows.contains(row) else { return }
      let lowest = rows.taps[row - window.rows.lowerBound].map(\.place).min() ?? first
      let gone = lowest - first
      guard gone * 4 >= height, gone < height else { return }
      var kept: [Float] = []
      kept.reserveCapacity(logits.count / height * (height - gone))
      for start in stride(from: 0, to: logits.count, by: height * width) {
        kept += logits[start + gone * width..<start + height * width]
      }
      (logits, first, height) = (kept, lowest, height - gone)
    }
  }

  private let classes: Int
  private let width: Int
  /// From the network's input to the original image.
  private let rows: BilinearAxis
  private let columns: BilinearAxis
  private let flatColumns: FlatTaps
  private var parts: [Part] = []
  private var labels: [UInt16] = []
  private var done = 0
  /// The means of the last rows that were computed: [classes, width].
  private var lines: [Int: [Float]] = [:]

  /// `width` is the network's input's; the axes say how its pixels become the original image's.
  public init(classes: Int, width: Int, rows: BilinearAxis, columns: BilinearAxis) {
    self.classes = classes
    self.width = width
    self.rows = rows
    self.columns = columns
    flatColumns = FlatTaps(columns)
    labels.reserveCapacity(rows.taps.count * columns.taps.count)
  }

  /// Takes a window's logits [classes, height, width].
  public mutating func add(_ logits: [Float], height: Int, width: Int, of window: WindowGrid.Window) {
    parts.append(
      Part(
        window: window, logits: logits, height: height, width: width,
        rows: BilinearAxis(length: height).resized(to: window.rows.count),
        columns: FlatTaps(BilinearAxis(length: width).resized(to: window.columns.count))))
  }

  /// Windows held now.
  public var windowCount: Int { parts.count }
  /// Numbers of theirs that are held now.
  public var numberCount: Int { parts.reduce(0) { $0 + $1.logits.count } }

  /// Says that no more windows will reach above this row of the input; labels that are settled are made.
  public mutating func advance(to row: Int) {
    while done < rows.taps.count, rows.taps[done].allSatisfy({ $0.place < row }) {
      appendLabels(rows.taps[done])
      done += 1
    }
    let needed = done < rows.taps.count ? rows.taps[done].map(\.place).min() ?? row : row
    parts.removeAll { $0.window.rows.upperBound <= min(needed, row) }
    for index in parts.indices { parts[index].trim(to: min(needed, row)) }
  }

  /// The labels, after the last window.
  public mutating func finished() -> LabelMap {
    advance(to: Int.max)
    return LabelMap(height: rows.taps.count, width: columns.taps.count, labels: labels)
  }

  private mutating func appendLabels(_ taps: [BilinearAxis.Tap]) {
    lines = lines.filter { line in taps.contains { $0.place == line.key } }
    for tap in taps where lines[tap.place] == nil { lines[tap.place] = means(ofRow: tap.place) }
    var decision = RowDecision(count: columns.taps.count)
    var mixed = [Float](repeating: 0, count: width)
    for index in 0..<classes {
      mixed.withUnsafeMutableBufferPointer { mixed in
        guard let target = mixed.baseAddress else { return }
        target.update(repeating: 0, count: width)
        for tap in taps {
          lines[tap.place]?.withUnsafeBufferPointer { line in
            for column in 0..<width { target[column] += tap.weight * line[index * width + column] }
          }
        }
        decision.add(index, UnsafePointer(target), flatColumns)
      }
    }
    labels += decision.labels
  }

  /// The mean logits of a row of the input, [classes, width]; 0 where there is no window.
  ///
  /// Precondition: the row is not above what ``advance(to:)`` was told last.
  public func means(ofRow row: Int) -> [Float] {
    var sums = [Float](repeating: 0, count: classes * width)
    var counts = [Float](repeating: 0, count: width)
    for part in parts where part.window.rows.contains(row) {
      let first = part.window.columns.lowerBound
      for column in part.window.columns { counts[column] += 1 }
      var line = [Float](repeating: 0, count: part.width)
      let taps = part.rows.taps[row - part.window.rows.lowerBound]
      sums.withUnsafeMutableBufferPointer { sums in
        line.withUnsafeMutableBufferPointer { line in
          part.logits.withUnsafeBufferPointer { logits in
            guard let target = line.baseAddress else { return }
            for index in 0..<classes {
              target.update(repeating: 0, count: part.width)
              for tap in taps {
                let source = (index * part.height + tap.place - part.first) * part.width
                for column in 0..<part.width { target[column] += tap.weight * logits[source + column] }
              }
              let start = index * width + first
              part.columns.forEach(of: UnsafePointer(target)) { column, value in sums[start + column] += value }
            }
          }
        }
      }
    }
    for column in 0..<width where counts[column] > 1 {
      for index in 0..<classes { sums[index * width + column] /= counts[column] }
    }
    return sums
  }
}
