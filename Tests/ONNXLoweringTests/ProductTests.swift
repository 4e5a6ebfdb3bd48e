import Graph
import ONNX
import Tensors
import Testing

@Suite struct ProductTests {
  /// [m, k] · [k, n]
  func product(_ a: [Double], _ b: [Double], _ m: Int, _ k: Int, _ n: Int) -> [Double] {
    (0..<m * n).map { position in
      (0..<k).reduce(0) { $0 + a[position / n * k + $1] * b[$1 * n + position % n] }
    }
  }

  /// x is [rows, columns].
  func transposed(_ x: [Double], _ rows: Int, _ columns: Int) -> [Double] {
    (0..<rows * columns).map { x[$0 % rows * columns + $0 / rows] }
  }

  @Test func stacksBroadcast() throws {
    let (a, b) = (numbers([2, 1, 3, 4]), numbers([5, 4, 2], seed: 2))
    let lowered = model([onnx("MatMul", ["a", "b"])], [("a", known(2, 1, 3, 4)), ("b", known(5, 4, 2))])
    let expected = (0..<10).flatMap { (stack: Int) -> [Double] in
      let left = Array(a.values.dropFirst(stack / 5 * 12).prefix(12))
      let right = Array(b.values.dropFirst(stack % 5 * 8).prefix(8))
      return product(left, right, 3, 4, 2)
    }
    expect(try run(lowered, ["a": a, "b": b]), [2, 5, 3, 2], expected)
  }

  @Test func aConstantMatrixBecomesALinearUnderTheWeightsName() throws {
    let (x, weight) = (numbers([2, 3, 4]), numbers([4, 5], seed: 2))
    let lowered = model([onnx("MatMul", ["x", "w"])], [("x", known(2, 3, 4))], ["w": weight])
    #expect(try listing(lowered) == ["linear"])
    expect(try run(lowered, ["x": x]), [2, 3, 5], product(x.values, weight.values, 6, 4, 5))
    let constant = try #require(LoweredModel(lowered).graph.constants["w"])
    #expect(constant.shape == [5, 4])
    guard case .transposed(.stored(let stored), [1, 0]) = constant.content else {
      Issue.record("the weight was copied")
      return
    }
    #expect(stored.storage === weight.storage)
  }

  @Test(arguments: [(0, 0), (0, 1), (1, 0), (1, 1)] as [(Int64, Int64)])
  func gemm(_ transA: Int64, _ transB: Int64) throws {
    let a = numbers(transA == 1 ? [3, 2] : [2, 3])
    let b = numbers(transB == 1 ? [4, 3] : [3, 4], seed: 2)
    let c = numbers([4], seed: 3)
    let lowered = model(
      [
        onnx(
          "Gemm", ["a", "b", "c"], ["transA": .int(transA), "transB": .int(transB), "alpha": .float(0.5)])
      ],
      [("a", a.shape.extents.map { .known($0) })], ["b": b, "c": c])
    let plain = product(
      transA == 1 ? transposed(a.values, 3, 2) : a.values,
      transB == 1 ? transposed(b.values, 4, 3) : b.values,
      2, 3, 4)
    expect(try run(lowered, ["a": a]), [2, 4], plain.enumerated().map { $1 / 2 + c.values[$0 % 4] })
  }

  @Test(arguments: [7, 9, 11, 13, 24]) func gemmAsClassifiersHaveItIsOneLinear(_ opset: Int) throws {
    let lowered = model(
      [onnx("Gemm", ["a", "b", "c"], ["transB": .int(1), "alpha": .float(1), "beta": .float(1)])],
      [("a", known(2, 3))], ["b": numbers([4, 3]), "c": numbers([4])], opset: opset)
    #expect(try listing(lowered) == ["linear"])
    let constants = try LoweredModel(lowered).graph.constants
    #expect(constants.keys.sorted() == ["b", "c"])
    guard case .stored? = constants["b"]?.content else {
      Issue.record("the weight is not the stored one")
      return
    }
  }

  @Test func gemmScalesItsSummand() throws {
    let (a, b, c) = (numbers([2, 3]), numbers([3, 4], seed: 2), numbers([2, 1], seed: 3))
    let lowered = model(
      [onnx("Gemm", ["a", "b", "c"], ["beta": .float(0.25)])], [("a", known(2, 3))], ["b": b, "c": c])
    expect(
      try run(lowered, ["a": a]), [2, 4],
      product(a.values, b.values, 2, 3, 4).enumerated().map { $1 + c.values[$0 / 4] / 4 })
  }
}
