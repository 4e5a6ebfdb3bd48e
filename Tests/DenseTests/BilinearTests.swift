import Dense
import Testing

@Suite struct BilinearTests {
  @Test func anAxisIsResized() {
    let axis = BilinearAxis(length: 2).resized(to: 4)
    let values = axis.taps.map { $0.reduce(Float(0)) { $0 + $1.weight * Float($1.place * 4) } }
    #expect(values == [0, 1, 3, 4])
    #expect(axis.cropped(to: 2).resized(to: 1).taps[0].reduce(Float(0)) { $0 + $1.weight * Float($1.place * 4) } == 0.5)
  }

  @Test func ofEqualLogitsTheFirstWins() {
    let logits: [Float] = [1, 0, 1, 2]
    let axis = (BilinearAxis(length: 1), BilinearAxis(length: 2))
    #expect(LabelMap(logits: logits, classes: 2, size: (1, 2), rows: axis.0, columns: axis.1).labels == [0, 1])
  }

  @Test func windowsEndAtTheEdge() {
    let grid = WindowGrid(height: 5, width: 10, crop: (8, 4), stride: (3, 4))
    #expect(grid.windows.map(\.rows) == [0..<5, 0..<5, 0..<5])
    #expect(grid.windows.map(\.columns) == [0..<4, 4..<8, 6..<10])
  }
}
