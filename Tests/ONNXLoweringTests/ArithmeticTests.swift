import Foundation
import ONNX
import Tensors
import Testing

@Suite struct ArithmeticTests {
  static let functions: [(String, @Sendable (Double, Double) -> Double)] = [
    ("Add", { $0 + $1 }), ("Sub", { $0 - $1 }), ("Mul", { $0 * $1 }), ("Div", { $0 / $1 }),
  ]

  /// [2, 3] with [3] and with [2, 1], in the oldest and the newest version.
  @Test(arguments: functions.indices, [7, 24]) func broadcasts(_ index: Int, _ opset: Int) throws {
    let (op, function) = Self.functions[index]
    let (a, row, column) = (numbers([2, 3]), numbers([3], seed: 2), numbers([2, 1], seed: 3))
    let inputs = [("a", known(2, 3)), ("b", known(3)), ("c", known(2, 1))]
    let nodes = [onnx(op, ["a", "b"], ["ab"]), onnx(op, ["a", "c"], ["ac"])]
    let lowered = model(nodes, inputs, outputs: ["ab", "ac"], opset: opset)
    let feed = ["a": a, "b": row, "c": column]
    expect(
      try run(lowered, feed, output: "ab"), [2, 3],
      (0..<6).map { function(a.values[$0], row.values[$0 % 3]) })
    expect(
      try run(lowered, feed, output: "ac"), [2, 3],
      (0..<6).map { function(a.values[$0], column.values[$0 / 3]) })
  }

  @Test(arguments: [0.5, 1, 2, 3]) func powers(_ exponent: Float) throws {
    let x = Tensor([0.25, 1.5, 2] as [Float], shape: [3])
    let power = model(
      [onnx("Pow", ["x", "e"])], [("x", known(3))], ["e": Tensor([exponent], shape: [])])
    expect(try run(power, ["x": x]), [3], x.values.map { pow($0, Double(exponent)) })
  }

  @Test func integerExponentsServeAsWell() throws {
    let power = model([onnx("Pow", ["x", "e"])], [("x", known(2))], ["e": integer(2)])
    expect(try run(power, ["x": floats(3, -4)]), [2], [9, 16])
  }

  static let elementwise: [(String, @Sendable (Double) -> Double)] = [
    ("Erf", { Foundation.erf($0) }), ("Exp", { Foundation.exp($0) }), ("Relu", { max($0, 0) }),
    ("Sigmoid", { 1 / (1 + Foundation.exp(-$0)) }), ("Sqrt", { $0.squareRoot() }),
    ("Tanh", { Foundation.tanh($0) }),
  ]

  @Test(arguments: elementwise.indices) func functionsOfOneNumber(_ index: Int) throws {
    let (op, function) = Self.elementwise[index]
    let x = op == "Sqrt" ? floats(0, 0.5, 9) : floats(-2, -0.5, 1.5)
    expect(try run(model([onnx(op, ["x"])], [("x", known(3))]), ["x": x]), [3], x.values.map(function))
  }

  /// As exporters compute the scale of attention: a shape, cast, under roots.
  @Test func constantsAreFoldedWhateverComputesThem() throws {
    let nodes = [
      onnx("Shape", ["x"], ["s"]), onnx("Slice", ["s", "last", "end"], ["d"]),
      onnx("Cast", ["d"], ["f"], ["to": .int(1)]), onnx("Sqrt", ["f"], ["r"]),
      onnx("Div", ["one", "r"], ["q"]), onnx("Cast", ["q"], ["c"], ["to": .int(1)]),
      onnx("Sqrt", ["c"], ["t"]),
      onnx("Mul", ["x", "t"]),
    ]
    let scaled = model(
      nodes, [("x", [.symbol("batch"), .known(16)])],
      ["last": integers(-1), "end": integers(.max), "one": floats(1)])
    #expect(try listing(scaled) == ["binary function=multiply"])
    let x = numbers([2, 16])
    expect(try run(scaled, ["x": x]), [2, 16], x.values.map { $0 / 2 })
  }
}
