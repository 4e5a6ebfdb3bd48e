import ONNX
import Tensors
import Testing

/// Forms that operators had in earlier sets, which the node tests do not show.
@Suite struct EarlierFormTests {
  @Test func topOfAnAttribute() throws {
    let lowered = model(
      [onnx("TopK", ["x"], ["v", "i"], ["k": .int(2), "axis": .int(1)])], [("x", known(1, 4))], outputs: ["v", "i"],
      opset: 9)
    let x = floats(3, 9, 1, 7, shape: [1, 4])
    expect(try run(lowered, ["x": x], output: "v"), [1, 2], [9, 7])
    expect(try run(lowered, ["x": x], output: "i"), [1, 2], [1, 3])
  }

  @Test func boundsAsAttributes() throws {
    let lowered = model(
      [onnx("Clip", ["x"], ["min": .float(-1), "max": .float(2)])], [("x", known(3))], opset: 7)
    expect(try run(lowered, ["x": floats(-5, 0, 5)]), [3], [-1, 0, 2])
  }

  @Test func widthsAsAttributes() throws {
    let attributes: [String: ONNXAttribute] = ["pads": .ints([0, 1, 0, -1]), "value": .float(9)]
    let lowered = model([onnx("Pad", ["x"], attributes)], [("x", [.symbol("b"), .known(3)])], opset: 10)
    expect(try run(lowered, ["x": floats(1, 2, 3, shape: [1, 3])]), [1, 3], [9, 1, 2])
  }

  /// Rows are all axes from the stated one on.
  @Test func rowsOfSeveralAxes() throws {
    let x = floats(1, 2, 3, 4, shape: [1, 2, 2])
    let total = (1...4).reduce(0) { $0 + exponential(Double($1)) }
    let expected = (1...4).map { exponential(Double($0)) / total }
    for op in ["Softmax", "LogSoftmax", "Hardmax"] {
      let lowered = model([onnx(op, ["x"])], [("x", [.symbol("b"), .known(2), .known(2)])], opset: 11)
      let result = try run(lowered, ["x": x])
      switch op {
      case "Softmax": expect(result, [1, 2, 2], expected)
      case "LogSoftmax": expect(Tensor(result.values.map(exponential), shape: [1, 2, 2]), [1, 2, 2], expected)
      default: expect(result, [1, 2, 2], [0, 0, 0, 1])
      }
    }
  }

  @Test(arguments: ["Max", "Min"]) func extremesOfTheSeventhSet(_ op: String) throws {
    let lowered = model([onnx(op, ["x", "w"])], [("x", known(2))], ["w": floats(2, 2)], opset: 7)
    expect(try run(lowered, ["x": floats(1, 3)]), [2], op == "Max" ? [2, 3] : [1, 2])
  }
}

/// e to a power, by its series.
private func exponential(_ x: Double) -> Double {
  var (sum, term) = (1.0, 1.0)
  for n in 1..<60 {
    term *= x / Double(n)
    sum += term
  }
  return sum
}
