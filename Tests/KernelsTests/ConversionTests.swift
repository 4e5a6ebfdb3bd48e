import Kernels
import Testing

@Suite struct ConversionTests {
  /// Every 16-bit pattern.
  static let patterns = (0...UInt16.max).map { $0 }

  @Test(arguments: KernelSet.available)
  func widensEveryFloat16(_ kernels: KernelSet) {
    var wide = [Float](repeating: 0, count: Self.patterns.count)
    kernels.float16ToFloat32(&wide, Self.patterns, wide.count)
    for (pattern, value) in zip(Self.patterns, wide) {
      let expected = Float(Float16(bitPattern: pattern))
      #expect(value.bitPattern == expected.bitPattern || (value.isNaN && expected.isNaN))
    }
  }

  @Test(arguments: KernelSet.available)
  func widensEveryBFloat16(_ kernels: KernelSet) {
    var wide = [Float](repeating: 0, count: Self.patterns.count)
    kernels.bfloat16ToFloat32(&wide, Self.patterns, wide.count)
    #expect(bits(wide) == Self.patterns.map { UInt32($0) << 16 })
  }

  @Test(arguments: KernelSet.available)
  func roundsToNearestEven(_ kernels: KernelSet) {
    // Each float16 and bfloat16 value, its neighbours, the midpoints to the next one and their neighbours.
    var values: [Float] = [
      .nan, -.nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
    ]
    for pattern in stride(from: UInt16(0), to: UInt16.max, by: 13) {
      let half = Float(Float16(bitPattern: pattern))
      let next = Float(Float16(bitPattern: pattern &+ 1))
      let middle = (half + next) / 2
      let brain = Float(bitPattern: UInt32(pattern) << 16)
      let brainMiddle = Float(bitPattern: UInt32(pattern) << 16 | 0x8000)
      for value in [half, middle, brain, brainMiddle] {
        values += [value, value.nextUp, value.nextDown]
      }
    }
    var half = [UInt16](repeating: 0, count: values.count)
    var brain = half
    kernels.float32ToFloat16(&half, values, values.count)
    kernels.float32ToBFloat16(&brain, values, values.count)
    for (i, value) in values.enumerated() {
      let expected = Float16(value)
      #expect(
        half[i] == expected.bitPattern || (expected.isNaN && Float16(bitPattern: half[i]).isNaN))
      let wide = Float(bitPattern: UInt32(brain[i]) << 16)
      if value.isNaN {
        #expect(wide.isNaN)
      } else {
        let low = value.bitPattern & 0xffff
        let even = value.bitPattern >> 16
        let up = low > 0x8000 || (low == 0x8000 && even & 1 == 1)
        #expect(UInt32(brain[i]) == even + (up ? 1 : 0))
      }
    }
  }

  @Test(arguments: KernelSet.available, [0, 1, 7, 9, 15, 17])
  func touchesOnlyItsLength(_ kernels: KernelSet, _ n: Int) {
    let x = Floats(random: n, seed: 1)
    var half = [UInt16](repeating: 0xabcd, count: n + 20)
    var brain = half
    kernels.float32ToFloat16(&half, x.pointer, n)
    kernels.float32ToBFloat16(&brain, x.pointer, n)
    #expect(half[n...].allSatisfy { $0 == 0xabcd } && brain[n...].allSatisfy { $0 == 0xabcd })
    let y = Floats(count: n)
    kernels.float16ToFloat32(y.pointer, half, n)
    #expect(mismatch(y, (0..<n).map { x[$0] }) { _ in 0x1p-11 } == nil)
  }
}
