import Graph
import Tensors
import Testing

/// Shapes and refusals of convolutions and poolings.
@Suite struct WindowTests {
  static let plain = Windows(strides: [2], dilations: [1], before: [1], after: [1])

  /// The number of windows by counting: each begins before the padding behind the axis, and reaches behind that only
  /// where the number is rounded up.
  private func counted(_ extent: Int, _ kernel: Int, _ windows: Windows, _ roundsUp: Bool) -> Int {
    let reach = (kernel - 1) * windows.dilations[0] + 1
    let whole = extent + windows.before[0] + windows.after[0]
    return (0..<whole).count { index in
      let first = index * windows.strides[0]
      let fits = first + reach <= whole
      let previousFalls = first - windows.strides[0] + reach < whole
      return fits || (roundsUp && previousFalls && first < extent + windows.before[0])
    }
  }

  @Test(arguments: [false, true]) func numberOfWindows(_ roundsUp: Bool) throws {
    for extent in 4...12 {
      for (kernel, stride, dilation, pads) in [
        (3, 2, 1, (1, 1)), (2, 3, 2, (0, 2)), (3, 3, 1, (2, 0)), (1, 2, 1, (0, 0)),
      ] {
        let windows = Windows(strides: [stride], dilations: [dilation], before: [pads.0], after: [pads.1])
        let pool = Pool(.max, kernel: [kernel], windows: windows, roundsUp: roundsUp)
        let type = try pool.resultTypes([TensorType(.float32, [1, 1, .symbol("L")])])[0]
        #expect(type.dimensions[2].evaluated(["L": extent]) == counted(extent, kernel, windows, roundsUp))
      }
    }
  }

  @Test func refusals() {
    func refusal(_ op: any Operator, _ types: TensorType...) -> String {
      do throws(TypeError) { return "\(try op.resultTypes(types))" } catch { return "\(error)" }
    }
    let (x, weight) = (TensorType(.float32, [1, 6, 9]), TensorType(.float32, [4, 3, 3]))
    #expect(refusal(Convolution(Self.plain, groups: 2), x, weight) == "[f32 [1, 4, 5]]")
    #expect(
      refusal(Convolution(Self.plain, groups: 4), x, weight)
        == "convolution: attribute groups must be a divisor of 6 and 4 channels, but is 4")
    #expect(
      refusal(Convolution(Self.plain), x, weight)
        == "convolution: axis 1 of weight must be 6, but weight is f32 [4, 3, 3]")
    #expect(
      refusal(Pool(.max, kernel: [0], windows: Self.plain), x)
        == "pool: attribute kernel must be 1 positive integers, but is [0]")
    #expect(
      refusal(Pool(.norm, kernel: [2], windows: Self.plain), x)
        == "pool: attribute power must be a positive integer, but is 0")
    let far = Windows(strides: [1], dilations: [1], before: [1 << 40], after: [0])
    #expect(
      refusal(Convolution(far, groups: 2), x, weight)
        == "convolution: attribute padding must be 2 integers of 0 or more, but is [1099511627776, 0]")
    #expect(
      refusal(ConvTranspose(Self.plain, extra: [0], groups: 0), x, TensorType(.float32, [6, 2, 3]))
        == "convTranspose: attribute groups must be a divisor of 6 channels, but is 0")
    #expect(
      refusal(ConvTranspose(Self.plain, extra: [1], groups: 2), x, TensorType(.float32, [6, 2, 3]))
        == "[f32 [1, 4, 18]]")
  }

  @Test func settingsSurviveTheirAttributes() throws {
    let ops: [any Operator] = [
      Convolution(Self.plain, groups: 3), ConvTranspose(Self.plain, extra: [1], groups: 2),
      Pool(.norm, kernel: [3], windows: Self.plain, roundsUp: true, power: 2),
      Normalize(.rootMeanSquare, epsilon: 1e-5), LocalResponseNorm(size: 5, alpha: 1, beta: 2, bias: 3),
    ]
    for op in ops {
      let copy = try #require(try OperatorCatalog.decode(op.identifier, op.attributes))
      #expect(copy.isEqual(to: op))
    }
  }
}
