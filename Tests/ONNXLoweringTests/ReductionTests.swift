import ONNX
import Tensors
import Testing

@Suite struct ReductionTests {
  let x = numbers([2, 3, 4])

  func mean(_ axes: Set<Int>) -> [Double] {
    var sums: [[Int]: (Double, Int)] = [:]
    for position in 0..<24 {
      let index = [position / 12, position / 4 % 3, position % 4].enumerated().map {
        axes.contains($0) ? 0 : $1
      }
      let (sum, count) = sums[index] ?? (0, 0)
      sums[index] = (sum + x.values[position], count + 1)
    }
    return sums.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { $0.value.0 / Double($0.value.1) }
  }

  static let cases: [([Int64], Int64, [Int])] = [
    ([-1], 1, [2, 3, 1]), ([1], 0, [2, 4]), ([0, 2], 1, [1, 3, 1]), ([2, 1], 0, [2]),
    ([0, 1, 2], 1, [1, 1, 1]),
  ]

  /// Axes as an attribute before version 18, as an operand from it on.
  @Test(arguments: cases.indices, [13, 18]) func meansOverAxes(_ index: Int, _ opset: Int) throws {
    let (axes, keeps, shape) = Self.cases[index]
    var attributes: [String: ONNXAttribute] = ["keepdims": .int(keeps)]
    if opset < 18 { attributes["axes"] = .ints(axes) }
    let lowered = model(
      [onnx("ReduceMean", opset < 18 ? ["x"] : ["x", "axes"], attributes)], [("x", known(2, 3, 4))],
      ["axes": Tensor(axes, shape: Shape([axes.count]))], opset: opset)
    let expected = mean(Set(axes.map { $0 < 0 ? Int($0) + 3 : Int($0) }))
    expect(try run(lowered, ["x": x]), Shape(shape), expected)
  }

  @Test func withoutAxesMeansAllOrNone() throws {
    let all = model([onnx("ReduceMean", ["x"])], [("x", known(2, 3, 4))], opset: 18)
    expect(try run(all, ["x": x]), [1, 1, 1], mean([0, 1, 2]))
    let none = model(
      [onnx("ReduceMean", ["x"], ["noop_with_empty_axes": .int(1)])], [("x", known(2, 3, 4))], opset: 18)
    expect(try run(none, ["x": x]), [2, 3, 4], x.values)
  }

  @Test func globalAveragePool() throws {
    let map = try #require(x.reshaped([1, 2, 3, 4]))
    let lowered = model([onnx("GlobalAveragePool", ["x"])], [("x", known(1, 2, 3, 4))])
    let means = (0..<2).map { channel in x.values[channel * 12..<channel * 12 + 12].reduce(0, +) / 12 }
    expect(try run(lowered, ["x": map]), [1, 2, 1, 1], means)
  }
}
