/// Rows of cells in columns as wide as their widest cell, two spaces apart.
struct TextTable {
  private var rows: [[String]] = []
  private let rightAligned: Set<Int>

  /// `rightAligned` columns hold numbers.
  init(rightAligned: Set<Int> = []) { self.rightAligned = rightAligned }

  mutating func add(_ cells: String...) { rows.append(cells) }
  mutating func add(_ cells: [String]) { rows.append(cells) }

  func lines(indent: Int = 2) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = String(repeating: " ", count: indent)
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        if column > 0 { line += "  " }
        line += rightAligned.contains(column) ? space + cell : cell + space
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}

extension Int {
  /// With a comma after every three digits: `3,098,340`.
  var grouped: String {
    let digits = Array(String(magnitude))
    let text = digits.enumerated().map { index, digit in
      index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : "\(digit)"
    }.joined()
    return self < 0 ? "-" + text : text
  }
}
