import Dense
import Testing

@Suite struct BoxTests {
  /// Weights that are no numbers give boxes that are none; drawing them must not end the program.
  @Test(arguments: [
    (Box(2.5, 1, 7.9, 3), 1...3, 2...7), (Box(-4, -1, 99, .infinity), 0...4, 0...9),
    (Box(.nan, 2, 5, .nan), 2...2, 0...5), (Box(8, 4, 3, 1), 4...4, 8...8),
  ])
  func pixelsOfABoxLieInItsImage(box: Box, rows: ClosedRange<Int>, columns: ClosedRange<Int>) {
    let found = box.pixels(height: 5, width: 10)
    #expect(found.rows == rows)
    #expect(found.columns == columns)
  }
}
