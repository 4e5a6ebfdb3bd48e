import Graph
import ONNX
import Tensors
import Testing

/// Branches and loops come to what they compute.
@Suite struct ControlTests {
  func body(_ nodes: [ONNXNode], _ inputs: [String], _ outputs: [String]) -> ONNXAttribute {
    .graph(
      ONNXGraph(
        inputs: inputs.map { ONNXValue(name: $0, element: nil, shape: nil) },
        outputs: outputs.map { ONNXValue(name: $0, element: nil, shape: nil) }, nodes: nodes))
  }

  /// y = x + 0 + 1 + 2, and each sum on the way; the body reads `x`'s doubled value from outside.
  @Test func loopsAreUnrolled() throws {
    let round = body(
      [
        onnx("Cast", ["i"], ["f"], ["to": .int(1)]), onnx("Add", ["s", "f"], ["t"]),
        onnx("Add", ["t", "doubled"], ["u"]), onnx("Identity", ["c"], ["d"]),
      ], ["i", "c", "s"], ["d", "t", "u"])
    let nodes = [
      onnx("Add", ["x", "x"], ["doubled"]), onnx("Loop", ["n", "", "x"], ["y", "all"], ["body": round]),
    ]
    let lowered = model(
      nodes, [("x", [.symbol("b"), .known(2)])], ["n": integer(3)], outputs: ["y", "all"])
    let x = floats(1, 2, shape: [1, 2])
    expect(try run(lowered, ["x": x]), [1, 2], [4, 5])
    expect(try run(lowered, ["x": x], output: "all"), [3, 1, 2], [3, 6, 4, 7, 6, 9])
  }

  @Test func loopsEndWhenTheirConditionFails() throws {
    let round = body(
      [onnx("Less", ["i", "last"], ["d"]), onnx("Add", ["s", "s"], ["t"])], ["i", "c", "s"], ["d", "t"])
    let lowered = model(
      [onnx("Loop", ["", "yes", "x"], ["y"], ["body": round])], [("x", known(1))],
      ["last": integer(2), "yes": Tensor(type: .bool, shape: []) { $0[0] = 1 }])
    // Rounds 0, 1 and 2; the last one's condition fails.
    expect(try run(lowered, ["x": floats(1)]), [1], [8])
  }

  @Test(arguments: [true, false]) func branchesAreTaken(_ holds: Bool) throws {
    let branches = [
      "then_branch": body([onnx("Neg", ["x"], ["a"])], [], ["a"]),
      "else_branch": body([onnx("Abs", ["x"], ["b"])], [], ["b"]),
    ]
    let lowered = model(
      [onnx("If", ["c"], branches)], [("x", known(1))], ["c": Tensor(type: .bool, shape: []) { $0[0] = holds ? 1 : 0 }])
    expect(try run(lowered, ["x": floats(-3)]), [1], [3])
    #expect(try listing(lowered) == ["unary function=\(holds ? "negate" : "abs")"])
  }

  @Test func scansWalkTheirAxes() throws {
    let step = body(
      [onnx("Add", ["s", "e"], ["t"]), onnx("Identity", ["t"], ["o"])], ["s", "e"], ["t", "o"])
    let attributes: [String: ONNXAttribute] = [
      "body": step, "num_scan_inputs": .int(1), "scan_input_axes": .ints([1]), "scan_input_directions": .ints([1]),
      "scan_output_axes": .ints([1]),
    ]
    let lowered = model(
      [onnx("Scan", ["zero", "x"], ["last", "y"], attributes)], [("x", known(2, 3))], ["zero": floats(0, 0)],
      outputs: ["last", "y"])
    let x = floats(1, 2, 3, 4, 5, 6, shape: [2, 3])
    expect(try run(lowered, ["x": x]), [2, 3], [3, 5, 6, 6, 11, 15])
    expect(try run(lowered, ["x": x], output: "last"), [2], [6, 15])
  }

  @Test func whatIsOpenIsRefused() {
    func refusal(_ node: ONNXNode, _ initializers: [String: Tensor] = [:]) -> String {
      do {
        _ = try LoweredModel(model([node], [("x", [.symbol("b"), .known(2)])], initializers))
        return "accepted"
      } catch { return "\(error)" }
    }
    let same = body([onnx("Identity", ["c"], ["d"]), onnx("Identity", ["s"], ["t"])], ["i", "c", "s"], ["d", "t"])
    #expect(
      refusal(onnx("Loop", ["n", "", "x"], ["body": same]), ["n": integer(1 << 40)])
        == #"Loop "loop" (opset 17): at most 4096 rounds of a loop expected, 4097 found"#)
    #expect(
      refusal(onnx("If", ["x"], ["then_branch": same, "else_branch": same]))
        == #"If "if" (opset 17): operand 0: a truth value that is known at conversion expected, f32 [N, 2] found"#)
    #expect(
      refusal(onnx("Loop", ["n", "", "x"], ["body": .int(1)]), ["n": integer(1)])
        == #"Loop "loop" (opset 17): attribute body: a graph expected, 1 found"#)
  }

  /// Loops within loops, each of few nodes.
  @Test func nestedLoopsAreBounded() {
    var inner = body(
      [onnx("Identity", ["c0"], ["d0"]), onnx("Identity", ["s0"], ["t0"])], ["i0", "c0", "s0"], ["d0", "t0"])
    for level in 1..<4 {
      let loop = onnx("Loop", ["many", "", "s\(level)"], ["t\(level)"], ["body": inner])
      inner = body(
        [loop, onnx("Identity", ["c\(level)"], ["d\(level)"])], ["i\(level)", "c\(level)", "s\(level)"],
        ["d\(level)", "t\(level)"])
    }
    let all = model(
      [onnx("Loop", ["many", "", "x"], ["body": inner])], [("x", known(1))], ["many": integer(4096)])
    #expect { try LoweredModel(all) } throws: { "\($0)".contains("at most 262144 nodes expected") }
  }
}
