import Tensors
import Testing

private func halves(_ bits: [UInt16], as type: ElementType) -> Tensor {
  Tensor(type: type, shape: Shape([bits.count])) { bytes in
    bits.withUnsafeBytes { bytes.copyMemory(from: $0) }
  }
}

private func bits(of tensor: Tensor) -> [UInt16] {
  tensor.withBytes { bytes in
    (0..<tensor.shape.elementCount).map { bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self) }
  }
}

private let allPatterns = (0...UInt16.max).map { $0 }

@Suite struct ConversionTests {
  @Test func everyHalfWidensExactlyAndComesBack() throws {
    let source = halves(allPatterns, as: .float16)
    let wide = source.converted(to: .float32)
    let values = try #require(wide.scalars(Float.self))
    let doubles = try #require(source.converted(to: .float64).scalars(Double.self))
    let back = bits(of: wide.converted(to: .float16))
    let backFromDouble = bits(of: source.converted(to: .float64).converted(to: .float16))
    for pattern in allPatterns {
      let value = values[Int(pattern)]
      let expected = Float(Float16(bitPattern: pattern))
      if expected.isNaN {
        #expect(value.isNaN && doubles[Int(pattern)].isNaN)
        #expect(Float16(bitPattern: back[Int(pattern)]).isNaN)
        #expect(back[Int(pattern)] >> 15 == pattern >> 15)
      } else if value.bitPattern != expected.bitPattern || doubles[Int(pattern)] != Double(expected)
        || back[Int(pattern)] != pattern || backFromDouble[Int(pattern)] != pattern
      {
        Issue.record("pattern \(pattern): \(value), \(expected) expected; back as \(back[Int(pattern)])")
      }
    }
  }

  @Test func everyBrainHalfWidensExactlyAndComesBack() throws {
    let wide = halves(allPatterns, as: .bfloat16).converted(to: .float32)
    let values = try #require(wide.scalars(Float.self))
    let back = bits(of: wide.converted(to: .bfloat16))
    for pattern in allPatterns {
      if values[Int(pattern)].isNaN {
        #expect(pattern & 0x7FFF > 0x7F80)
        #expect(back[Int(pattern)] & 0x7FFF > 0x7F80)
      } else if values[Int(pattern)].bitPattern != UInt32(pattern) << 16 || back[Int(pattern)] != pattern {
        Issue.record("pattern \(pattern): \(values[Int(pattern)]); back as \(back[Int(pattern)])")
      }
    }
  }

  /// Between each two neighbours: just below the middle, the middle (to even), just above.
  @Test func narrowingToHalfRoundsToNearestEven() throws {
    var inputs: [Float] = []
    for pattern in UInt16(0)..<0x7C00 {
      let lower = Float(Float16(bitPattern: pattern))
      // The step above the greatest finite half leads to 2^16, which stands for infinity.
      let upper = pattern == 0x7BFF ? 65536 : Float(Float16(bitPattern: pattern + 1))
      let middle = (lower + upper) / 2  // exact: a float has 13 more bits
      inputs += [middle.nextDown, middle, middle.nextUp]
    }
    inputs += inputs.map { -$0 }
    let narrowed = bits(of: Tensor(inputs, shape: Shape([inputs.count])).converted(to: .float16))
    for (input, found) in zip(inputs, narrowed) {
      let expected = Float16(input).bitPattern
      if found != expected { Issue.record("\(input): \(found), \(expected) expected") }
    }
  }

  @Test func narrowingToBrainHalfRoundsToNearestEven() {
    var inputs: [Float] = []
    var expected: [UInt16] = []
    for pattern in UInt16(0)..<0x7F80 {
      let middle = Float(bitPattern: UInt32(pattern) << 16 | 0x8000)
      for (input, rounded) in [
        (middle.nextDown, pattern), (middle, pattern + pattern & 1), (middle.nextUp, pattern + 1),
      ] {
        inputs += [input, -input]
        expected += [rounded, rounded | 0x8000]
      }
    }
    let narrowed = bits(of: Tensor(inputs, shape: Shape([inputs.count])).converted(to: .bfloat16))
    for (input, (found, wanted)) in zip(inputs, zip(narrowed, expected)) where found != wanted {
      Issue.record("\(input): \(found), \(wanted) expected")
    }
  }

  @Test func narrowingKeepsWhatIsNotFinite() {
    let inputs: [Float] = [.infinity, -.infinity, .nan, -.nan, .greatestFiniteMagnitude, 1e-45, -1e-45]
    let source = Tensor(inputs, shape: [7])
    #expect(bits(of: source.converted(to: .float16)) == [0x7C00, 0xFC00, 0x7E00, 0xFE00, 0x7C00, 0, 0x8000])
    #expect(bits(of: source.converted(to: .bfloat16)) == [0x7F80, 0xFF80, 0x7FC0, 0xFFC0, 0x7F80, 0, 0x8000])
  }

  @Test func integersSaturate() throws {
    let source = Tensor([Double.nan, 1e300, -1e300, 127.9, -128.9, 128, 255, -0.5], shape: [8])
    #expect(source.converted(to: .int8).scalars(Int8.self) == [0, 127, -128, 127, -128, 127, 127, 0])
    #expect(source.converted(to: .uint8).scalars(UInt8.self) == [0, 255, 0, 127, 0, 128, 255, 0])
    let wide = try #require(source.converted(to: .int64).scalars(Int64.self))
    #expect(wide == [0, .max, .min, 127, -128, 128, 255, 0])
  }

  @Test func wideIntegersKeepEveryBit() {
    let source = Tensor([Int64.max, .min, 1 << 53 + 1, -1], shape: [4])
    #expect(source.converted(to: .int64).scalars(Int64.self) == [.max, .min, 1 << 53 + 1, -1])
    #expect(source.converted(to: .int32).scalars(Int32.self) == [.max, .min, .max, -1])
    #expect(source.converted(to: .uint8).scalars(UInt8.self) == [255, 0, 255, 0])
    let small = Tensor([Int32.max, .min, 7], shape: [3])
    #expect(small.converted(to: .int64).scalars(Int64.self) == [2_147_483_647, -2_147_483_648, 7])
  }

  @Test func booleansAreZeroOrOne() {
    let source = Tensor([Float(0), -0.0, 0.5, .nan, -3], shape: [5])
    let booleans = source.converted(to: .bool)
    #expect(booleans.withBytes { [UInt8]($0) } == [0, 0, 1, 1, 1])
    #expect(booleans.converted(to: .float32).scalars(Float.self) == [0, 0, 1, 1, 1])
    let raw = Tensor(type: .bool, shape: [3]) { $0.copyBytes(from: [0, 1, 200]) }
    #expect(raw.converted(to: .int32).scalars(Int32.self) == [0, 1, 1])
  }

  @Test(arguments: ElementType.allCases)
  func smallIntegersComeThroughEveryType(_ type: ElementType) {
    let source = Tensor([Int32(0), 1, 2, 3, 100], shape: [5, 1])
    let back = source.converted(to: type).converted(to: .int32)
    #expect(back.shape == [5, 1])
    #expect(back.scalars(Int32.self) == (type == .bool ? [0, 1, 1, 1, 1] : [0, 1, 2, 3, 100]))
    #expect(Tensor([Float](), shape: [0]).converted(to: type).byteCount == 0)
  }
}
