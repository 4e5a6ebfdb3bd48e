import Graph
import Tensors
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

  /// Whether shapes have as many elements does not depend on the order of factors, nor on how they are grouped.
  @Test func reshapesCompareProducts() throws {
    let (h, w): (Dimension, Dimension) = (.symbol("H"), .symbol("W"))
    let (rows, columns) = (h.floorDivided(by: 4), w.floorDivided(by: 4))
    let huge = Dimension(1 << 55)
    let equal: [([Dimension], [Dimension])] = [
      ([rows * columns, 8], [columns, rows, 8]), ([2, h, 3], [6 * h]), ([h * w, w], [w * w, h]), ([], [1]),
      ([h + 1, w], [w * h + w]), ([0, h], [w, 0]), ([0 - h, w], [0 - w, h]), ([huge * 4, h], [huge * 8, h]),
    ]
    for (from, to) in equal {
      #expect(throws: Never.self, "\(from) \(to)") { try Reshape(to).resultTypes([TensorType(.float32, from)]) }
      #expect(throws: Never.self, "\(to) \(from)") { try Reshape(from).resultTypes([TensorType(.float32, to)]) }
    }
    let other: [([Dimension], [Dimension])] = [
      ([rows * columns], [rows, rows]), ([2, h], [h]), ([h * w], [h]), ([h], [h, w]), ([h + 1, w], [h * w]), ([], [h]),
      ([h, h], [h]), ([0 - h], [h]), ([0, h], [w]),
    ]
    for (from, to) in other {
      #expect(throws: TypeError.self, "\(from) \(to)") { try Reshape(to).resultTypes([TensorType(.float32, from)]) }
      #expect(throws: TypeError.self, "\(to) \(from)") { try Reshape(from).resultTypes([TensorType(.float32, to)]) }
    }
  }

  /// Powers that no network has are as sums that none has.
  @Test func productsOfTooManyFactorsOverflow() {
    var power = Dimension.symbol("H")
    for _ in 0..<6 { power = power * power }
    #expect(power.terms[0].factors.count == 64)
    #expect((power * power).evaluated(["H": 1]) == nil)
    #expect((power * .symbol("H")).evaluated(["H": 1]) == nil)
  }
}
