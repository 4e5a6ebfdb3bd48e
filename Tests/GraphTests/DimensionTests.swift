import Graph
import Testing

@Suite struct DimensionTests {
  let h = Dimension.symbol("H"), w = Dimension.symbol("W")

  @Test func equalPolynomialsAreEqual() {
    #expect((h + 1) * (h - 1) == h * h - 1)
    #expect(h * w == w * h)
    #expect((h - h).constant == 0)
    #expect((h * 16 + 3).floorDivided(by: 16) == h)
    #expect((h * 16 - 1).floorDivided(by: 16) == h - 1)
  }

  @Test func textReadsBack() throws {
    let tokens = h.floorDivided(by: 16) * w.floorDivided(by: 16) + 1
    #expect(tokens.description == "1 + floor((H)/16)*floor((W)/16)")
    for dimension in [tokens, Dimension(0), Dimension(-7), h * w * 3 - 2, (h + 6).floorDivided(by: 7) * 7] {
      #expect(Dimension(parsing: dimension.description) == dimension)
    }
  }

  @Test(arguments: ["", "3 +", "floor((H)/0)", "floor((H)/16", "2 H", "*", String(repeating: "floor((", count: 500)])
  func malformedTextIsRefused(_ text: String) { #expect(Dimension(parsing: text) == nil) }

  @Test func evaluationFloorsAndRefusesOverflow() {
    #expect((h - 20).floorDivided(by: 16).evaluated(["H": 3]) == -2)
    #expect(h.evaluated([:]) == nil)
    #expect((h * h * h).evaluated(["H": 1 << 30]) == nil)
    #expect((Dimension(Int.max) * Dimension(Int.max)).constant == nil)
  }

  @Test func exactDivision() {
    let batch = Dimension.symbol("N")
    #expect((batch * h * 3).dividedExactly(by: batch * 3) == h)
    #expect((batch * h + batch).dividedExactly(by: h + 1) == batch)
    #expect((batch * h + 1).dividedExactly(by: h) == nil)
  }
}

@Suite struct DimensionLimitTests {
  /// Quotients round down for every sign, and no divisor overflows.
  @Test func quotientsRoundDown() {
    let n = Dimension.symbol("N")
    for (value, divisor, expected) in [(7, 2, 3), (-7, 2, -4), (-8, 2, -4), (-1, Int.max, -1), (4, Int.max, 0)] {
      #expect((n).floorDivided(by: divisor).evaluated(["N": value]) == expected)
      #expect(Dimension(value).floorDivided(by: divisor).constant == expected)
    }
  }

  /// A product of many sums counts as overflow instead of growing without bound.
  @Test func productsOfManyTermsAreRefused() {
    let sum = (0..<60).reduce(Dimension(0)) { $0 + .symbol("s\($1)") }
    let product = (0..<5).reduce(Dimension(1)) { total, _ in total * sum }
    #expect(product.constant == nil)
    #expect(product.evaluated(Dictionary(uniqueKeysWithValues: (0..<60).map { ("s\($0)", 1) })) == nil)
  }
}
