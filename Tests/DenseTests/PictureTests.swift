import AdaRoute
import Testing

/// What is written and drawn on photos.
@Suite struct PictureTests {
  private static let ascii = (32..<127).map { Character(UnicodeScalar(UInt8($0))) }

  /// At one pixel a step, letters are their drawings.
  @Test func lettersAreTheirShapes() throws {
    let lettering = Lettering(scale: 1)
    for (index, character) in Self.ascii.enumerated().dropFirst() {
      let rows = LetterShapes.all[index]
      let used = (0..<LetterShapes.width).filter { column in rows.contains { $0[column] } }
      let (first, last) = try (#require(used.first), #require(used.last))
      let ink = lettering.ink(String(character))
      #expect((ink.height, ink.width) == (LetterShapes.height, last - first + 1))
      // Half a pixel's ink lies between pixels that a stroke joins across a corner.
      #expect(ink.shares.map { $0 > 0.9 } == rows.flatMap { $0[first...last] }, "\(character)")
    }
  }

  @Test func noTwoLettersAreAlike() {
    #expect(Set(LetterShapes.all).count == 95)
    #expect(LetterShapes.all.allSatisfy { $0.count == LetterShapes.height })
    let lettering = Lettering(scale: 2.5)
    #expect(Set(Self.ascii.map { lettering.ink(String($0)) }).count == 95)
  }

  @Test func otherCharactersAreQuestionMarks() {
    let lettering = Lettering(scale: 1.5)
    #expect(lettering.ink("naïve 木\n\u{7F}") == lettering.ink("na?ve ???"))
    #expect(lettering.ink("").width == 0)
    #expect(lettering.width(of: "ab c") == lettering.ink("ab c").width)
  }

  /// Twice as large a letter has four times the ink, but for its rim.
  @Test func lettersGrow() {
    let (small, large) = (Lettering(scale: 4).ink("Swin"), Lettering(scale: 8).ink("Swin"))
    let ratio = large.shares.reduce(0, +) / small.shares.reduce(0, +)
    #expect(abs(ratio - 4) < 0.3)
  }

  /// Against every place's distance to every other region's, in steps along rows and columns.
  @Test(arguments: 0..<20) func centresAreFarthestFromBorders(_ seed: Int) {
    let (width, height) = (7 + seed % 5, 3 + seed % 7)
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    let regions = (0..<width * height).map { place -> Int in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % 8 == 0 ? 9 : place % width / 4
    }
    func distance(_ place: Int) -> Int {
      let (row, column) = (place / width, place % width)
      var nearest = min(row + 1, column + 1, height - row, width - column)
      for other in regions.indices where regions[other] != regions[place] {
        nearest = min(nearest, abs(other / width - row) + abs(other % width - column))
      }
      return nearest
    }
    let centres = RegionCentres(height: height, width: width) { regions[$0] }.centres
    #expect(Set(centres.keys) == Set(regions))
    for (region, centre) in centres {
      #expect(regions[centre.row * width + centre.column] == region)
      #expect(centre.distance == distance(centre.row * width + centre.column))
      #expect(centre.distance == regions.indices.filter { regions[$0] == region }.map(distance).max())
    }
  }
}
