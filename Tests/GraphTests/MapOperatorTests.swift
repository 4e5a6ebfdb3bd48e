import Graph
import Tensors
import Testing

/// Pooling to given extents and norms by gathered statistics.
@Suite struct MapOperatorTests {
  @Test func partsOverlapWhereTheyDoNotDivideTheAxis() throws {
    let x = Tensor([1, 2, 3, 4, 5] as [Float], shape: [1, 1, 1, 5])
    #expect(try evaluate(AdaptivePool(sizes: [1, 3]), x).numbers == [1.5, 3, 4.5])
    // More parts than elements: elements are taken more than once.
    #expect(try evaluate(AdaptivePool(sizes: [2, 1]), x).numbers == [3, 3])
    let map = Tensor((0..<12).map { Float($0) }, shape: [1, 2, 2, 3])
    #expect(try evaluate(AdaptivePool(sizes: [1, 1]), map).numbers == [2.5, 8.5])
  }

  @Test func poolingRefusals() {
    let x = TensorType(.float32, [.symbol("N"), 2, .symbol("H"), 4])
    #expect(refusal(AdaptivePool(sizes: [2, 3]), x) == "accepted: [f32 [N, 2, 2, 3]]")
    #expect(
      refusal(AdaptivePool(sizes: [0, 3]), x)
        == "adaptivePool: attribute sizes must be 1 to 3 integers from 1 to 4096, but is [0, 3]")
    #expect(
      refusal(AdaptivePool(sizes: [2]), x) == "adaptivePool: x must have rank 3, but is f32 [N, 2, H, 4]")
  }

  @Test func channelsAreScaledAndShifted() throws {
    let x = Tensor([1, 2, 3, 4] as [Float], shape: [1, 2, 2])
    let norm = try evaluate(
      BatchNorm(epsilon: 3), x, vector(2 as Float, 1), vector(0 as Float, 10), vector(1 as Float, 3),
      vector(1 as Float, 13))
    #expect(norm.numbers == [0, 1, 10, 10.25])
  }

  @Test func normRefusals() {
    let (x, c) = (TensorType(.float32, [.symbol("N"), 3, .symbol("H")]), TensorType(.float32, [3]))
    #expect(refusal(BatchNorm(epsilon: 1e-5), x, c, c, c, c) == "accepted: [f32 [N, 3, H]]")
    #expect(
      refusal(BatchNorm(epsilon: 1e-5), x, c, c, TensorType(.float32, [4]), c)
        == "batchNorm: axis 0 of mean must be 3, but mean is f32 [4]")
  }

  @Test func settingsSurviveTheirAttributes() throws {
    for op in [AdaptivePool(sizes: [3, 6]), BatchNorm(epsilon: 1e-3)] as [any Operator] {
      #expect(try #require(try OperatorCatalog.decode(op.identifier, op.attributes)).isEqual(to: op))
    }
  }
}
