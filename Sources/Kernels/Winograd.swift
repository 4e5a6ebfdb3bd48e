/// Tiles of a convolution by 3x3 with stride 1 whose sixteen products stand for its nine taps: Winograd's
/// F(2x2, 3x3), after Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv:1509.09308.
///
/// A tile is 2x2 positions of the result; the map has its channels last and is padded.
public struct WinogradTiles: Sendable {
  public static let places = 16

  public let rows: Int
  public let columns: Int

  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  public var count: Int { rows * columns }

  /// Floats from one place to the next for so many channels: whole cache lines, so many that the places of an element
  /// do not compete for one set of a cache.
  public func stride(channels: Int) -> Int { (count * channels + 15) / 16 * 16 + 16 }

  /// Writes the sixteen numbers of a kernel [3, 3], G g Gᵀ, `stride` apart.
  public static func taps(_ taps: UnsafeMutablePointer<Float>, stride: Int, _ kernel: UnsafePointer<Float>) {
    func turned(_ column: Int) -> SIMD4<Double> {
      spread(Double(kernel[column]), Double(kernel[3 + column]), Double(kernel[6 + column]))
    }
    let (first, second, third) = (turned(0), turned(1), turned(2))
    for row in 0..<4 {
      let own = spread(first[row], second[row], third[row])
      for column in 0..<4 { taps[(4 * row + column) * stride] = Float(own[column]) }
    }
  }

  /// One axis of a kernel.
  private static func spread(_ a: Double, _ b: Double, _ c: Double) -> SIMD4<Double> {
    SIMD4(a, (a + b + c) / 2, (a - b + c) / 2, c)
  }
}

extension KernelSet {
  /// The sixteen numbers of every tile of a map, [16, tiles, channels] with the tiles' ``WinogradTiles/stride``
  /// between places. `map` has 2·rows + 2 rows, `line` floats apart, of 2·columns + 2 positions.
  public func winogradInput(
    _ values: MutablePointer, _ map: Pointer, line: Int, channels: Int, _ tiles: WinogradTiles
  ) {
    winogradInput(values, tiles.stride(channels: channels), map, line, channels, tiles.rows, tiles.columns)
  }

  /// The results of the tiles from the products of their places, in 2·rows rows, `line` floats apart.
  public func winogradOutput(
    _ map: MutablePointer, line: Int, _ products: Pointer, bias: Pointer?, channels: Int, _ tiles: WinogradTiles
  ) {
    winogradOutput(
      map, line, products, tiles.stride(channels: channels), bias, channels, tiles.rows, tiles.columns)
  }
}
