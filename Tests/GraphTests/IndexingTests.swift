import Graph
import Tensors
import Testing

@Suite struct IndexingTests {
  /// 0, 1, 2 … as `[2, 3, 2]`.
  let x = Tensor((0..<12).map { Int64($0) }, shape: [2, 3, 2])

  @Test func slicesByIndices() throws {
    let rows = try evaluate(Gather(axis: 1), x, Tensor([Int64(2), -3, 0], shape: [3, 1]))
    #expect(rows.shape == [2, 3, 1, 2])
    #expect(rows.integers == [4, 5, 0, 1, 0, 1, 10, 11, 6, 7, 6, 7])
    let scalar = try evaluate(Gather(axis: 0), x, Tensor([Int32(1)], shape: []))
    #expect(scalar.shape == [3, 2])
    #expect(scalar.integers == [6, 7, 8, 9, 10, 11])
    let batched = try evaluate(Gather(axis: 1, batch: 1), x, Tensor([Int64(2), 0], shape: [2]))
    #expect(batched.shape == [2, 2])
    #expect(batched.integers == [4, 5, 6, 7])
    let behind = try evaluate(Gather(axis: 2, batch: 1), x, Tensor([Int64(1), 0], shape: [2, 1]))
    #expect(behind.shape == [2, 3, 1])
    #expect(behind.integers == [1, 3, 5, 6, 8, 10])
  }

  @Test func indicesOutOfRangeTakeTheNearest() throws {
    let indices = vector(Int64.min, .max, -4, 3)
    #expect(try evaluate(Gather(axis: 0), vector(Int64(5), 6, 7), indices).integers == [5, 7, 5, 7])
    #expect(try evaluate(GatherElements(axis: 0), vector(Int64(5), 6, 7), indices).integers == [5, 7, 5, 7])
    let updates = vector(Int64(1), 2, 3, 4)
    #expect(try evaluate(ScatterElements(axis: 0), vector(Int64(5), 6, 7), indices, updates).integers == [5, 6, 7])
  }

  @Test func elementsByIndices() throws {
    let result = try evaluate(GatherElements(axis: 1), x, Tensor([Int64(2), 0, -1, -3], shape: [2, 1, 2]))
    #expect(result.integers == [4, 1, 10, 7])
  }

  @Test func elementsPutIn() throws {
    let data = vector(Int64(1), 2, 3, 4)
    let (indices, updates) = (vector(Int64(1), -1, 1), vector(Int64(5), 6, 7))
    let expected: [(ScatterElements.Combination, [Int])] = [
      (.replace, [1, 7, 3, 6]), (.add, [1, 14, 3, 10]), (.multiply, [1, 70, 3, 24]), (.maximum, [1, 7, 3, 6]),
      (.minimum, [1, 2, 3, 4]),
    ]
    for (combination, values) in expected {
      #expect(try evaluate(ScatterElements(axis: 0, combination), data, indices, updates).integers == values)
    }
    let numbers = try evaluate(
      ScatterElements(axis: 0, .add), vector(Float(1), 2), vector(Int64(0), 0), vector(Float(0.5), 0.25))
    #expect(numbers.numbers == [1.75, 2])
  }

  @Test func reductions() throws {
    #expect(try evaluate(Reduce(.sum, axes: [0, 2]), x).integers == [14, 22, 30])
    #expect(try evaluate(Reduce(.maximum, axes: [1]), x).integers == [4, 5, 10, 11])
    #expect(try evaluate(Reduce(.minimum, axes: [0, 1, 2]), x).integers == [0])
    #expect(try evaluate(Reduce(.product, axes: [2]), x).integers == [0, 6, 20, 42, 72, 110])
    #expect(try evaluate(Reduce(.sum, axes: []), x).integers == x.integers)
    #expect(try evaluate(Reduce(.maximum, axes: [0]), truths(false, true)).integers == [1])
    #expect(try evaluate(Reduce(.minimum, axes: [0]), truths(false, true)).integers == [0])
    #expect(try evaluate(Reduce(.maximum, axes: [0]), vector(Float(1), .nan)).numbers[0].isNaN)
    let nothing = Tensor([Float](), shape: [0, 2])
    #expect(try evaluate(Reduce(.sum, axes: [0]), nothing).numbers == [0, 0])
    #expect(try evaluate(Reduce(.product, axes: [0]), nothing).numbers == [1, 1])
    #expect(try evaluate(Reduce(.maximum, axes: [0]), nothing).numbers == [-.infinity, -.infinity])
    #expect(try evaluate(Reduce(.minimum, axes: [0]), Tensor([Int8](), shape: [0])).integers == [127])
  }

  @Test func runningSums() throws {
    let v = vector(Int64(1), 2, 3)
    #expect(try evaluate(Cumulate(.sum, axis: 0), v).integers == [1, 3, 6])
    #expect(try evaluate(Cumulate(.sum, axis: 0, isExclusive: true), v).integers == [0, 1, 3])
    #expect(try evaluate(Cumulate(.sum, axis: 0, isReversed: true), v).integers == [6, 5, 3])
    #expect(try evaluate(Cumulate(.product, axis: 0, isExclusive: true, isReversed: true), v).integers == [6, 3, 1])
    #expect(try evaluate(Cumulate(.sum, axis: 1), x).integers == [0, 1, 2, 4, 6, 9, 6, 7, 14, 16, 24, 27])
  }

  @Test func placesOfTheLargest() throws {
    let v = Tensor([3, Float.nan, 3, 7], shape: [4])
    #expect(try evaluate(TopIndices(axis: 0, count: 4), v).integers == [1, 3, 0, 2])
    #expect(try evaluate(TopIndices(axis: 0, count: 3, isLargest: false), v).integers == [0, 2, 3])
    #expect(try evaluate(TopIndices(axis: 1, count: 1), x).integers == [2, 2, 2, 2])
  }

  @Test func determinants() throws {
    let matrices = Tensor([1, 2, 3, 4, 0, 2, 1, 0, 1, 2, 2, 4] as [Double], shape: [3, 2, 2])
    for (found, expected) in zip(try evaluate(Determinant(), matrices).numbers, [-2.0, -2, 0]) {
      #expect(abs(found - expected) < 1e-12)
    }
    let larger = Tensor([2, 0, 1, 1, 3, 2, 1, 1, 4] as [Double], shape: [3, 3])
    #expect(abs(try evaluate(Determinant(), larger).numbers[0] - 18) < 1e-12)
  }

  @Test func refusals() {
    let (matrix, list) = (TensorType(.float32, [2, 3]), TensorType(.int64, [4]))
    #expect(refusal(Gather(axis: 2), matrix, list) == "gather: attribute axis must be an axis of f32 [2, 3], but is 2")
    #expect(
      refusal(Gather(axis: 1, batch: 1), matrix, list) == "gather: axis 0 of indices must be 2, but indices is i64 [4]")
    #expect(
      refusal(Gather(axis: 1, batch: 2), matrix, list) == "gather: attribute batch must be from 0 to axis 1, but is 2")
    #expect(refusal(Gather(axis: 0), matrix, matrix) == "gather: indices must hold i64 or i32, but is f32 [2, 3]")
    #expect(
      refusal(GatherElements(axis: 0), matrix, TensorType(.int64, [9, 4]))
        == "gatherElements: axis 1 of indices must be at most 3, but indices is i64 [9, 4]")
    #expect(
      refusal(ScatterElements(axis: 0), matrix, TensorType(.int64, [1, 3]), TensorType(.float32, [1, 2]))
        == "scatterElements: axis 1 of updates must be 3, but updates is f32 [1, 2]")
    #expect(
      refusal(TopIndices(axis: 0, count: 3), matrix) == "topIndices: attribute count must be from 0 to 2, but is 3")
    #expect(
      refusal(Reduce(.sum, axes: [1, 0]), matrix)
        == "reduce: attribute axes must be different axes in order, but is [1, 0]")
    #expect(refusal(Determinant(), matrix) == "determinant: axis 1 of x must be 2, but x is f32 [2, 3]")
  }

  @Test func attributesComeBack() throws {
    let operators: [any Operator] = [
      Gather(axis: 2, batch: 1), GatherElements(axis: 1), ScatterElements(axis: 3, .minimum),
      TopIndices(axis: 1, count: 5),
      Reduce(.product, axes: [0, 2]), Cumulate(.product, axis: 1, isExclusive: true), Binary(.shiftLeft), Unary(.acosh),
      Convert(to: .uint16), Select(), Determinant(),
    ]
    for op in operators {
      let decoded = try #require(try OperatorCatalog.decode(op.identifier, op.attributes))
      #expect(decoded.attributes == op.attributes && decoded.identifier == op.identifier)
    }
  }
}
