import Kernels
import Testing

/// Sums and maxima over windows of planes, and windows as panels, against their definitions.
@Suite struct WindowTests {
  struct Case: CustomStringConvertible, Sendable {
    var input: [Int]
    var kernel: [Int]
    var strides = [1, 1]
    var dilations = [1, 1]
    var before = [0, 0]
    var after = [0, 0]

    var output: [Int] {
      input.indices.map {
        (input[$0] + before[$0] + after[$0] - (kernel[$0] - 1) * dilations[$0] - 1) / strides[$0] + 1
      }
    }
    var windows: MapWindows {
      MapWindows(
        input: input, kernel: kernel, strides: strides, dilations: dilations, before: before, output: output)
    }
    var description: String { "\(input) \(kernel) \(strides) \(dilations) \(before) \(after)" }

    /// For each window the elements under its taps; nil for padding.
    var elements: [[Int?]] {
      (0..<output[0] * output[1]).map { window in
        (0..<kernel[0] * kernel[1]).map { tap in
          let y = window / output[1] * strides[0] - before[0] + tap / kernel[1] * dilations[0]
          let x = window % output[1] * strides[1] - before[1] + tap % kernel[1] * dilations[1]
          return (0..<input[0]).contains(y) && (0..<input[1]).contains(x) ? y * input[1] + x : nil
        }
      }
    }
  }

  static let cases = [
    Case(input: [1, 1], kernel: [1, 1]),
    Case(input: [7, 9], kernel: [1, 1]),
    Case(input: [5, 40], kernel: [3, 3], before: [1, 1], after: [1, 1]),
    Case(input: [15, 197], kernel: [3, 5], strides: [2, 2], before: [0, 2], after: [1, 1]),
    Case(input: [14, 13], kernel: [3, 2], strides: [2, 3], dilations: [2, 4], before: [1, 0], after: [0, 2]),
    Case(input: [2, 3], kernel: [2, 3], strides: [1, 5]),
  ]

  @Test(arguments: KernelSet.available, cases) func planes(_ kernels: KernelSet, _ test: Case) throws {
    let taps = test.kernel[0] * test.kernel[1]
    let plane = Floats(random: test.input[0] * test.input[1], seed: 1)
    let weights = Floats(random: taps, seed: 2)
    let padded = Floats(count: try #require(test.windows.paddedCount))
    let (sums, maxima) = (Floats(count: test.elements.count), Floats(count: test.elements.count))
    test.windows.pad(padded.pointer, plane.pointer, fill: 0)
    kernels.windowSum(sums.pointer, padded.pointer, weights: weights.pointer, bias: 0.5, test.windows)
    test.windows.pad(padded.pointer, plane.pointer, fill: -.infinity)
    kernels.windowMax(maxima.pointer, padded.pointer, test.windows)
    for (window, elements) in test.elements.enumerated() {
      let sum = elements.enumerated().reduce(0.5) { $0 + ($1.element.map { plane[$0] } ?? 0) * weights[$1.offset] }
      #expect(abs(sums[window] - sum) <= 1e-6 * Double(taps))
      #expect(maxima[window] == elements.map { $0.map { plane[$0] } ?? -.infinity }.max())
    }
    #expect(sums.isIntact && maxima.isIntact && padded.isIntact)
  }

  @Test(arguments: cases) func panels(_ test: Case) {
    let (channels, width) = (3, 16)
    let elements = test.elements
    let (taps, positions) = (test.kernel[0] * test.kernel[1], elements.count)
    let plane = test.input[0] * test.input[1]
    let image = Floats(random: channels * plane, seed: 1)
    let panels = (positions + width - 1) / width
    let size = channels * taps * width
    let whole = Floats(count: panels * size)
    test.windows.panels(whole.pointer, image.pointer, channels: channels, width: width, range: 0..<panels)
    for panel in 0..<panels {
      let one = Floats(count: size)
      test.windows.panels(
        one.pointer, image.pointer, channels: channels, width: width, range: panel..<panel + 1)
      #expect(one.values == Array(whole.values[panel * size..<(panel + 1) * size]))
      #expect(one.isIntact)
    }
    let expected = (0..<whole.count).map { at in
      let (window, depth) = (at / size * width + at % width, at % size / width)
      let element = window < positions ? elements[window][depth % taps] : nil
      return element.map { image[depth / taps * plane + $0] } ?? 0
    }
    #expect(mismatch(whole, expected) { _ in 0 } == nil)
  }

  @Test(arguments: KernelSet.available, [1, 15, 197]) func rootMeanSquares(_ kernels: KernelSet, _ columns: Int) {
    let rows = 3
    let (x, gamma) = (Floats(random: rows * columns, seed: 1), Floats(random: columns, seed: 2))
    let (y, plain) = (Floats(count: rows * columns), Floats(count: rows * columns))
    kernels.rmsNorm(y.pointer, x.pointer, gamma.pointer, rows, columns, 1e-5)
    kernels.rmsNorm(plain.pointer, x.pointer, nil, rows, columns, 1e-5)
    for row in 0..<rows {
      let squares = (0..<columns).reduce(0) { $0 + x[row * columns + $1] * x[row * columns + $1] }
      let root = (squares / Double(columns) + 1e-5).squareRoot()
      for column in 0..<columns {
        let i = row * columns + column
        #expect(abs(plain[i] - x[i] / root) <= 2e-6)
        #expect(abs(y[i] - x[i] / root * gamma[column]) <= 2e-6)
      }
    }
    #expect(y.isIntact && plain.isIntact)
  }
}
