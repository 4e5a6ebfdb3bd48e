import Kernels
import Testing

@Suite struct MovementTests {
  @Test(arguments: [(3, 8, 12, 4, 4), (1, 5, 7, 2, 3), (2, 6, 6, 1, 6)])
  func cutsPatches(_ size: (Int, Int, Int, Int, Int)) {
    let (c, h, w, p, q) = size
    let image = Floats(random: c * h * w, seed: 1)
    let count = h / p * (w / q) * c * p * q
    let rows = Floats(count: count)
    Movement.patchify(rows.pointer, image.pointer, channels: c, h: h, w: w, p: p, q: q)
    let expected = (0..<count).map { at in
      let (row, inner) = (at / (c * p * q), at % (c * p * q))
      let (i, j) = (row / (w / q) * p + inner / q % p, row % (w / q) * q + inner % q)
      return image[(inner / (p * q) * h + i) * w + j]
    }
    #expect(mismatch(rows, expected) { _ in 0 } == nil)
  }

  @Test func gathersWindows() {
    let (c, h, w) = (2, 7, 9)
    let window = Window(
      kernel: (3, 2), stride: (2, 3), dilation: (2, 1), padding: (1, 2), output: (3, 4))
    let image = Floats(random: c * h * w, seed: 2)
    let length = c * 6
    let range = 1..<11
    let rows = Floats(count: range.count * length)
    Movement.im2col(
      rows.pointer, image.pointer, channels: c, h: h, w: w, window: window, positions: range)
    var expected: [Double] = []
    for position in range {
      for ch in 0..<c {
        for u in 0..<3 {
          for v in 0..<2 {
            let i = position / 4 * 2 + u * 2 - 1
            let j = position % 4 * 3 + v - 2
            expected.append(
              (0..<h).contains(i) && (0..<w).contains(j) ? image[(ch * h + i) * w + j] : 0)
          }
        }
      }
    }
    #expect(mismatch(rows, expected) { _ in 0 } == nil)
  }
}
