import Graph
import Testing

/// A symbol is at least 1.
@Suite struct BoundsTests {
  let n = Dimension.symbol("N"), h = Dimension.symbol("H")

  @Test func signs() {
    #expect(n.isKnownPositive && (n + 1).isKnownPositive && (n * h).isKnownPositive)
    #expect((n - 1).isKnownNonNegative && !(n - 1).isKnownPositive)
    #expect(
      !(n - 2).isKnownNonNegative && !(n - h).isKnownNonNegative && !(Dimension(0) - n).isKnownNonNegative)
    #expect(
      Dimension(0).isKnownNonNegative && !Dimension(0).isKnownPositive && !Dimension(-1).isKnownNonNegative)
    let rows = h.floorDivided(by: 16)
    #expect(rows.isKnownNonNegative && !rows.isKnownPositive && (rows * n + 1).isKnownPositive)
    #expect((h + 16).floorDivided(by: 16).isKnownPositive)
    #expect(!(h - 20).floorDivided(by: 16).isKnownNonNegative)
    #expect(!Dimension(Int.max).isKnownNonNegative)
  }

  @Test func ends() {
    #expect(Dimension(Int.max).bound == .max && Dimension(Int.min).bound == .min)
    #expect(Dimension(-7).bound == -7 && n.bound == nil)
  }

  @Test func sizes() {
    #expect(Dimension(0).termCount == 1 && Dimension(0).size == 0)
    #expect((n * h + 1).termCount == 2 && (n * h + 1).size == 4)
    #expect((n + 1).floorDivided(by: 2).size == 5)
  }
}
