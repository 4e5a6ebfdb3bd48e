import Graph
import Tensors
import Testing

@Suite struct ElementwiseTests {
  static let integers: [(Binary.Function, [Int32])] = [
    (.add, [5, 1, Int32.min, 9]), (.subtract, [9, -5, Int32.max - 1, 5]), (.multiply, [-14, -6, Int32.max, 14]),
    (.divide, [-3, 0, Int32.max, 3]), (.modulo, [-1, 1, 0, 1]), (.remainder, [1, -2, 0, 1]),
    (.maximum, [7, 3, Int32.max, 7]), (.minimum, [-2, -2, 1, 2]), (.power, [0, -8, Int32.max, 49]),
    (.equal, [0, 0, 0, 0]), (.less, [0, 1, 0, 0]), (.lessOrEqual, [0, 1, 0, 0]),
  ]

  @Test(arguments: integers.indices) func functionsOfIntegers(_ index: Int) throws {
    let (function, expected) = Self.integers[index]
    let result = try evaluate(Binary(function), vector(7, -2, Int32.max, 7), vector(Int32(-2), 3, 1, 2))
    #expect(result.type == (function.isComparison ? .bool : .int32))
    #expect(result.integers == expected.map { Int($0) })
  }

  /// What a processor would trap on.
  @Test func quotientsThatThereAreNot() throws {
    let (a, b) = (vector(Int64.min, 7, 0), vector(Int64(-1), 0, 0))
    #expect(try evaluate(Binary(.divide), a, b).integers == [.min, 7, 0])
    #expect(try evaluate(Binary(.modulo), a, b).integers == [0, 0, 0])
    #expect(try evaluate(Binary(.remainder), a, b).integers == [0, 0, 0])
    #expect(try evaluate(Binary(.power), vector(Int8(2), -1, 0), vector(Int8(-1), -3, -2)).integers == [0, -1, 0])
  }

  @Test func bits() throws {
    let (a, b) = (vector(UInt8(0b1100), 255), vector(UInt8(0b1010), 1))
    #expect(try evaluate(Binary(.and), a, b).integers == [0b1000, 1])
    #expect(try evaluate(Binary(.or), a, b).integers == [0b1110, 255])
    #expect(try evaluate(Binary(.xor), a, b).integers == [0b0110, 254])
    #expect(try evaluate(Unary(.not), a).integers == [0b1111_0011, 0])
    #expect(try evaluate(Binary(.shiftLeft), a, vector(UInt8(1), 9)).integers == [0b11000, 0])
    #expect(try evaluate(Binary(.shiftRight), a, vector(UInt8(2), 4)).integers == [0b11, 15])
    let behind = vector(Int8(-1), 9)
    #expect(try evaluate(Binary(.shiftLeft), vector(Int8(5), 5), behind).integers == [0, 0])
    #expect(try evaluate(Binary(.shiftRight), vector(Int8(-5), 5), behind).integers == [-1, 0])
    #expect(try evaluate(Unary(.not), truths(true, false)).integers == [0, 1])
    #expect(try evaluate(Binary(.xor), truths(true, true), truths(false, true)).integers == [1, 0])
  }

  /// Numbers beyond those that Double holds.
  @Test func wideIntegersAreExact() throws {
    let large: UInt64 = 1 << 63 | 1
    #expect(try evaluate(Binary(.add), vector(large), vector(UInt64(2))).scalars() == [large + 2])
    #expect(try evaluate(Binary(.less), vector(large), vector(large + 1)).integers == [1])
    #expect(try evaluate(Reduce(.maximum, axes: [0]), vector(large, large + 1, 5)).scalars() == [large + 1])
    #expect(try evaluate(TopIndices(axis: 0, count: 1), vector(large, large + 1, 5)).integers == [1])
  }

  @Test func numbers() throws {
    let (a, b) = (vector(Float(-7.5), 2, .nan, 1), vector(Float(2), -3, 1, .nan))
    #expect(try Array(evaluate(Binary(.modulo), a, b).numbers.prefix(2)) == [0.5, -1])
    #expect(try Array(evaluate(Binary(.remainder), a, b).numbers.prefix(2)) == [-1.5, 2])
    for function in [Binary.Function.maximum, .minimum] {
      #expect(try evaluate(Binary(function), a, b).numbers.suffix(2).allSatisfy(\.isNaN))
    }
    for function in [Binary.Function.equal, .less, .lessOrEqual] {
      #expect(try evaluate(Binary(function), a, b).integers.suffix(2) == [0, 0])
    }
    #expect(try evaluate(Unary(.round), vector(Float(0.5), 1.5, -2.5)).numbers == [0, 2, -2])
    #expect(try evaluate(Unary(.sign), vector(Float(-3), 0, 2)).numbers == [-1, 0, 1])
    #expect(try evaluate(Unary(.abs), vector(Int8.min, -3)).integers == [-128, 3])
  }

  /// Every function of one number undoes, or is made of, another.
  @Test func functionsAndTheirInverses() throws {
    let x = vector(Double(0.25), 0.5, 0.75)
    let pairs: [(Unary.Function, Unary.Function)] = [
      (.exp, .log), (.sin, .asin), (.cos, .acos), (.tan, .atan), (.sinh, .asinh), (.tanh, .atanh), (.negate, .negate),
      (.reciprocal, .reciprocal), (.acosh, .cosh),
    ]
    for (first, second) in pairs {
      let start = first == .acosh ? vector(Double(1.25), 1.5, 1.75) : x
      let back = try evaluate(Unary(second), evaluate(Unary(first), start))
      for (found, expected) in zip(back.numbers, start.numbers) {
        #expect(abs(found - expected) < 1e-14, "\(first), \(second)")
      }
    }
    #expect(try evaluate(Unary(.floor), vector(Double(-1.5), 1.5)).numbers == [-2, 1])
    #expect(try evaluate(Unary(.ceil), vector(Double(-1.5), 1.5)).numbers == [-1, 2])
  }

  @Test func conversions() throws {
    #expect(try evaluate(Convert(to: .uint8), vector(Int32(300), -1, 7)).integers == [44, 255, 7])
    #expect(try evaluate(Convert(to: .int8), vector(Float(300), -1.9, .nan)).integers == [127, -1, 0])
    #expect(try evaluate(Convert(to: .bool), vector(Float(0.25), 0, .nan)).integers == [1, 0, 1])
    #expect(try evaluate(Convert(to: .float32), truths(true, false)).numbers == [1, 0])
    #expect(try evaluate(Convert(to: .float64), vector(UInt64.max)).numbers == [0x1p64])
  }

  @Test func choices() throws {
    let result = try evaluate(Select(), truths(true, false), vector(Int64(1), 2), Tensor([Int64(9)], shape: [1, 1]))
    #expect(result.shape == [1, 2])
    #expect(result.integers == [1, 9])
  }

  @Test func refusals() {
    let (float, truth, integer) = (
      TensorType(.float32, [2]), TensorType(.bool, [2]), TensorType(.int32, [2] as [Dimension])
    )
    #expect(
      refusal(Binary(.and), float, float) == "binary: a must hold integers or truth values, but is f32 [2]")
    #expect(refusal(Binary(.shiftLeft), truth, truth) == "binary: a must hold integers, but is bool [2]")
    #expect(refusal(Binary(.add), truth, truth) == "binary: a must hold numbers, but is bool [2]")
    #expect(refusal(Binary(.less), float, integer) == "binary: b must hold f32, but is i32 [2]")
    #expect(refusal(Unary(.not), float) == "unary: x must hold integers or truth values, but is f32 [2]")
    #expect(refusal(Unary(.abs), truth) == "unary: x must hold floating-point numbers, but is bool [2]")
    #expect(refusal(Select(), float, float, float) == "select: condition must hold bool, but is f32 [2]")
    #expect(
      refusal(Select(), truth, float, TensorType(.float32, [3]))
        == "select: axis 0 of b must be 2 or 1, but b is f32 [3]")
  }
}
