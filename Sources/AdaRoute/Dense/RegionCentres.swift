/// For every region of a map the place inside it that is farthest from its border: where its name is read best.
package struct RegionCentres {
  package struct Centre {
    package let row: Int
    package let column: Int
    /// To the border, in pixels.
    package let distance: Int
  }

  package private(set) var centres: [Int: Centre] = [:]

  /// Larger maps are looked at on a coarser grid of so many places.
  private static let places = 1 << 20

  /// `region` is told pixels, a row after the other.
  package init(height: Int, width: Int, region: (Int) -> Int) {
    guard width > 0 else { return }
    var step = 1
    while height * width / (step * step) > Self.places { step += 1 }
    let (rows, columns) = ((height + step - 1) / step, (width + step - 1) / step)
    let own = (0..<rows * columns).map { region($0 / columns * step * width + $0 % columns * step) }
    var distances = [Int32](repeating: 0, count: own.count)
    /// One more than the nearest neighbour's, of the two in one direction; beyond the map lies another region.
    func nearer(_ place: Int, _ row: Int, _ column: Int, _ direction: Int) -> Int32 {
      let (y, x) = (row + direction, column + direction)
      let vertical = (0..<rows).contains(y) && own[y * columns + column] == own[place]
      let horizontal = (0..<columns).contains(x) && own[row * columns + x] == own[place]
      return 1 + min(vertical ? distances[y * columns + column] : 0, horizontal ? distances[row * columns + x] : 0)
    }
    for place in own.indices { distances[place] = nearer(place, place / columns, place % columns, -1) }
    for place in own.indices.reversed() {
      distances[place] = min(distances[place], nearer(place, place / columns, place % columns, 1))
    }
    for place in own.indices where Int(distances[place]) * step > centres[own[place]]?.distance ?? 0 {
      centres[own[place]] = Centre(
        row: place / columns * step, column: place % columns * step, distance: Int(distances[place]) * step)
    }
  }
}
