/// Text as pixels: strokes along the shapes of letters, smooth at any size.
///
/// Characters beyond ASCII are shown as question marks.
package struct Lettering {
  /// Pixels a step of the letters' grid.
  package let scale: Float

  package init(scale: Float) { self.scale = scale }

  /// Between letters, and for a space, in steps.
  private static let gap: Float = 1
  fileprivate static let space: Float = 2.5
  /// Half a stroke's thickness in steps.
  private static let weight: Float = 0.5

  fileprivate struct Letter {
    var strokes: [(x0: Float, y0: Float, x1: Float, y1: Float)] = []
    var width: Float = 0
  }

  private static let letters: [Letter] = LetterShapes.all.map { Letter($0) }

  private static func letter(_ character: Character) -> Letter {
    let code = character.asciiValue.map(Int.init) ?? 63
    return letters[(32..<127).contains(code) ? code - 32 : 63 - 32]
  }

  /// Ink of a line of text: [height, width], row-major, 0 to 1.
  package struct Ink: Hashable {
    package let height: Int
    package let width: Int
    package fileprivate(set) var shares: [Float]
  }

  /// The line's height in pixels, whatever the text is.
  package var height: Int { Int((Float(LetterShapes.height) * scale).rounded(.up)) }

  package func width(of text: String) -> Int {
    let steps = text.reduce(0) { $0 + Self.letter($1).width + Self.gap }
    return Int((max(steps - Self.gap, 0) * scale).rounded(.up))
  }

  package func ink(_ text: String) -> Ink {
    var ink = Ink(height: height, width: width(of: text), shares: [])
    ink.shares = [Float](repeating: 0, count: ink.height * ink.width)
    var start: Float = 0
    for character in text {
      let letter = Self.letter(character)
      for stroke in letter.strokes {
        draw((stroke.x0 + start, stroke.y0), (stroke.x1 + start, stroke.y1), on: &ink)
      }
      start += letter.width + Self.gap
    }
    return ink
  }

  /// A stroke with round ends; where strokes meet, the darker one is seen.
  private func draw(_ from: (x: Float, y: Float), _ to: (x: Float, y: Float), on ink: inout Ink) {
    let (x0, y0) = ((from.x + 0.5) * scale, (from.y + 0.5) * scale)
    let (x1, y1) = ((to.x + 0.5) * scale, (to.y + 0.5) * scale)
    let reach = Self.weight * scale + 0.5
    func range(_ a: Float, _ b: Float, _ count: Int) -> Range<Int> {
      let low = min(max(Int((min(a, b) - reach).rounded(.down)), 0), count)
      return low..<max(min(Int((max(a, b) + reach).rounded(.up)), count), low)
    }
    let (dx, dy) = (x1 - x0, y1 - y0)
    let length = dx * dx + dy * dy
    for row in range(y0, y1, ink.height) {
      for column in range(x0, x1, ink.width) {
        let (x, y) = (Float(column) + 0.5 - x0, Float(row) + 0.5 - y0)
        let along = length > 0 ? min(max((x * dx + y * dy) / length, 0), 1) : 0
        let (restX, restY) = (x - along * dx, y - along * dy)
        let distance = (restX * restX + restY * restY).squareRoot()
        let index = row * ink.width + column
        ink.shares[index] = max(ink.shares[index], min(max(reach - distance, 0), 1))
      }
    }
  }
}

extension Lettering.Letter {
  /// Strokes between neighbours with ink: along rows and columns, and across corners that nothing else joins.
  fileprivate init(_ rows: [[Bool]]) {
    let (height, columns) = (rows.count, LetterShapes.width)
    func has(_ x: Int, _ y: Int) -> Bool { (0..<columns).contains(x) && (0..<height).contains(y) && rows[y][x] }
    let used = (0..<columns).filter { x in (0..<height).contains { has(x, $0) } }
    guard let first = used.first, let last = used.last else {
      width = Lettering.space
      return
    }
    width = Float(last - first + 1)
    for y in 0..<height {
      for x in first...last where has(x, y) {
        var isAlone = true
        for (dx, dy) in [(1, 0), (0, 1), (1, 1), (-1, 1)] where has(x + dx, y + dy) {
          if dx != 0, dy != 0, has(x + dx, y) || has(x, y + dy) { continue }
          strokes.append((Float(x - first), Float(y), Float(x + dx - first), Float(y + dy)))
          isAlone = false
        }
        if isAlone { strokes.append((Float(x - first), Float(y), Float(x - first), Float(y))) }
      }
    }
  }
}
