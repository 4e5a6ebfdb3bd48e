import Graph
import Testing

/// Where the elements of a resized table of relative positions come from.
@Suite struct GeometricPlacesTests {
  private func interpolation(_ length: Int, _ count: Int) -> Interpolation {
    let line = Interpolation.Line(length: length, count: count, scale: Double(count) / Double(length))
    return Interpolation(line, Sampling(.linear, .geometric))
  }

  /// The middle stays in the middle, its neighbours one apart; the ends reach as far as those of the result.
  @Test(arguments: [(27, 47), (27, 83), (7, 9), (47, 27), (5, 5)])
  func middlesAndEnds(_ length: Int, _ count: Int) {
    let table = interpolation(length, count)
    func value(_ index: Int) -> Double {
      (0..<table.taps).reduce(0) { sum, tap in
        let entry = index * table.taps + tap
        return sum + table.weights[entry] * Double(table.positions[entry])
      }
    }
    let (middle, last) = (Double(length / 2), count / 2)
    for (offset, place) in [(-1, middle - 1), (0, middle), (1, middle + 1)] {
      #expect(abs(value(last + offset) - place) < 1e-9)
    }
    // The ratio of distances is found to 1e-6.
    if count > length {
      #expect(abs(value(0)) < 1e-3 && abs(value(count - 1) - Double(length - 1)) < 1e-3)
    }
    for index in 1..<count { #expect(value(index) > value(index - 1)) }
  }

  /// Beyond the largest ratio the table's ends are repeated.
  @Test func farDifferencesTakeTheEnds() {
    let table = interpolation(7, 41)
    #expect(table.positions.prefix(table.taps).allSatisfy { $0 == 0 })
    #expect(table.positions.suffix(table.taps).allSatisfy { $0 == 6 })
  }

  /// One element of the table is that of every distance.
  @Test func tablesOfOneElement() {
    let table = interpolation(1, 7)
    #expect(table.positions.allSatisfy { $0 == 0 })
  }
}
