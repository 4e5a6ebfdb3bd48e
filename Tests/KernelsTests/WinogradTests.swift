import Kernels
import Testing

@Suite struct WinogradTests {
  struct Case: CustomTestStringConvertible {
    let (rows, columns, channels, outputs): (Int, Int, Int, Int)
    var testDescription: String { "\(rows)x\(columns) tiles, \(channels) to \(outputs) channels" }
  }

  static let cases = [
    Case(rows: 1, columns: 1, channels: 1, outputs: 1), Case(rows: 2, columns: 3, channels: 5, outputs: 16),
    Case(rows: 3, columns: 1, channels: 19, outputs: 33), Case(rows: 1, columns: 4, channels: 16, outputs: 7),
  ]

  /// Products of random numbers below 1: what the transforms add and subtract amplifies a rounding by less than the sum
  /// of the magnitudes of their coefficients, 4 · 9/4 · 4.
  @Test(arguments: KernelSet.available, cases)
  func makesAConvolution(_ kernels: KernelSet, _ given: Case) {
    let tiles = WinogradTiles(rows: given.rows, columns: given.columns)
    let (c, o, places) = (given.channels, given.outputs, WinogradTiles.places)
    let (line, outLine) = ((2 * tiles.columns + 2) * c, 2 * tiles.columns * o)
    let map = Floats(random: (2 * tiles.rows + 2) * line, seed: 1)
    let weights = Floats(random: o * c * 9, seed: 2)
    let bias = Floats(random: o, seed: 3)
    // The last place needs no room for what keeps places apart.
    let values = Floats(count: (places - 1) * tiles.stride(channels: c) + tiles.count * c)
    let products = Floats(count: (places - 1) * tiles.stride(channels: o) + tiles.count * o)
    let result = Floats(count: 2 * tiles.rows * outLine)

    kernels.winogradInput(values.pointer, map.pointer, line: line, channels: c, tiles)
    var taps = [Float](repeating: 0, count: places * c)
    for output in 0..<o {
      taps.withUnsafeMutableBufferPointer { taps in
        for channel in 0..<c {
          WinogradTiles.taps(taps.baseAddress! + channel, stride: c, weights.pointer + 9 * (output * c + channel))
        }
      }
      for place in 0..<places {
        for tile in 0..<tiles.count {
          var sum = 0.0
          for channel in 0..<c {
            sum +=
              values[place * tiles.stride(channels: c) + tile * c + channel] * Double(taps[place * c + channel])
          }
          products.pointer[place * tiles.stride(channels: o) + tile * o + output] = Float(sum)
        }
      }
    }
    for hasBias in [true, false] {
      kernels.winogradOutput(
        result.pointer, line: outLine, products.pointer, bias: hasBias ? UnsafePointer(bias.pointer) : nil,
        channels: o, tiles)
      var expected: [Double] = []
      for i in 0..<2 * tiles.rows {
        for j in 0..<2 * tiles.columns {
          for output in 0..<o {
            var sum = hasBias ? bias[output] : 0
            for channel in 0..<c {
              for u in 0..<3 {
                for v in 0..<3 {
                  sum += map[(i + u) * line + (j + v) * c + channel] * weights[(output * c + channel) * 9 + 3 * u + v]
                }
              }
            }
            expected.append(sum)
          }
        }
      }
      #expect(mismatch(result, expected) { _ in 36 * 8 * roundoff * Double(c + 1) } == nil)
    }
    #expect(values.isIntact && products.isIntact)
  }
}
