import Graph
import ONNX
import Tensors
import Testing

/// Numbers at the ends of their range, in every place that takes one: refused or harmless, never a trap.
@Suite struct HostileModelTests {
  static let extremes: [Int64] = [
    .min, .min + 1, -(1 << 56), -9, -1, 0, 1, 9, 1 << 31, 1 << 56, .max - 1, .max,
  ]

  func attempt(_ nodes: [ONNXNode], _ initializers: [String: Tensor] = [:], opset: Int) {
    for extents in [known(2, 3, 4, 4), [.symbol("n"), .known(3), .symbol("h"), .symbol("w")]] {
      let all = model(nodes, [("x", extents)], initializers, opset: opset)
      do {
        _ = try LoweredModel(all)
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }

  @Test(arguments: extremes, [9, 12, 18, 23]) func attributes(_ value: Int64, _ opset: Int) {
    let lists: [[Int64]] = [[value], [value, value], [0, value], [value, 1, value, 1], []]
    for op in ["Softmax", "Flatten", "Concat", "Gather", "Split"] {
      let operands = op == "Gather" ? ["x", "i"] : ["x"]
      attempt([onnx(op, operands, ["axis": .int(value)])], ["i": integer(0)], opset: opset)
    }
    attempt([onnx("Split", ["x"], ["num_outputs": .int(value)])], opset: opset)
    attempt([onnx("Cast", ["x"], ["to": .int(value)])], opset: opset)
    attempt(
      [
        onnx("Shape", ["x"], ["s"], ["start": .int(value), "end": .int(value)]), onnx("Reshape", ["x", "s"]),
      ], opset: opset)
    attempt(
      [onnx("Constant", [], ["c"], ["value_int": .int(value)]), onnx("Reshape", ["x", "c"])], opset: opset)
    attempt(
      [onnx("Attention", ["x", "x", "x"], ["q_num_heads": .int(value), "kv_num_heads": .int(value)])],
      opset: opset)
    for list in lists {
      attempt([onnx("Transpose", ["x"], ["perm": .ints(list)])], opset: opset)
      attempt([onnx("ReduceMean", ["x"], ["axes": .ints(list)])], opset: opset)
      attempt([onnx("Squeeze", ["x"], ["axes": .ints(list)])], opset: opset)
      attempt([onnx("Unsqueeze", ["x"], ["axes": .ints(list)])], opset: opset)
      attempt([onnx("Split", ["x"], ["split": .ints(list)])], opset: opset)
      attempt(
        [onnx("Slice", ["x"], ["starts": .ints(list), "ends": .ints(list), "axes": .ints(list)])],
        opset: opset)
      let weights = ["w": numbers([2, 3, 2, 2])]
      for name in ["pads", "strides", "dilations", "kernel_shape"] {
        attempt([onnx("Conv", ["x", "w"], [name: .ints(list)])], weights, opset: opset)
        let same: [String: ONNXAttribute] = [name: .ints(list), "auto_pad": .string("SAME_UPPER")]
        attempt([onnx("Conv", ["x", "w"], same)], weights, opset: opset)
      }
      attempt([onnx("Conv", ["x", "w"], ["group": .int(value)])], weights, opset: opset)
    }
  }

  @Test(arguments: extremes, [9, 12, 18, 23]) func operands(_ value: Int64, _ opset: Int) {
    let lists = [integers(value), integers(value, value), integers(0, value), integers(), integer(value)]
    for list in lists {
      for op in ["Reshape", "Expand", "Squeeze", "Unsqueeze", "Gather", "Split", "ReduceMean", "Pow"] {
        attempt([onnx(op, ["x", "i"])], ["i": list], opset: opset)
      }
      for other in [integers(0), integers(.max), integers(.min)] {
        attempt(
          [onnx("Slice", ["x", "i", "j", "k"])], ["i": list, "j": other, "k": integers(0)], opset: opset)
        attempt(
          [onnx("Slice", ["x", "i", "i", "k", "j"])], ["i": list, "j": other, "k": list], opset: opset)
      }
      attempt([onnx("ConstantOfShape", ["i"])], ["i": list], opset: opset)
      attempt(
        [onnx("ConstantOfShape", ["i"], ["value": .tensor(integers(value))])], ["i": list], opset: opset)
      for op in ["Add", "Sub", "Mul", "Div", "Equal", "Min", "Max"] {
        let shape = [onnx("Shape", ["x"], ["s"]), onnx("Gather", ["s", "first"], ["n"])]
        for pair in [["n", "i"], ["i", "n"], ["i", "i"]] {
          let nodes = shape + [onnx(op, pair, ["t"]), onnx("Reshape", ["x", "t"])]
          attempt(nodes, ["i": list, "first": integers(0)], opset: opset)
        }
      }
      attempt([onnx("Range", ["i", "j", "j"])], ["i": list, "j": integer(value)], opset: opset)
      attempt(
        [onnx("Range", ["j", "i", "k"])], ["i": list, "j": integer(-1), "k": integer(value)], opset: opset)
      attempt(
        [onnx("Cast", ["i"], ["t"], ["to": .int(6)]), onnx("Reshape", ["x", "t"])], ["i": list], opset: opset)
      attempt(
        [onnx("Cast", ["i"], ["t"], ["to": .int(9)]), onnx("Where", ["t", "i", "i"])], ["i": list],
        opset: opset)
      attempt([onnx("ReduceProd", ["i"], ["t"]), onnx("Reshape", ["x", "t"])], ["i": list], opset: opset)
    }
  }

  /// Every operator on operands of every rank, none at all, and scalars.
  @Test(arguments: [7, 12, 13, 18, 23]) func ranks(_ opset: Int) {
    let operators = [
      "Add", "Attention", "Cast", "Concat", "Conv", "Div", "Dropout", "Equal", "Erf", "Expand", "Flatten",
      "Gather",
      "Gelu", "Gemm", "GlobalAveragePool", "Identity", "LayerNormalization", "MatMul", "Max", "Min", "Mul",
      "Pow",
      "Range", "ReduceMean", "ReduceProd", "Relu", "Reshape", "Shape", "Sigmoid", "Size", "Slice", "Softmax",
      "Split", "Sqrt", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze", "Where", "Constant",
      "ConstantOfShape",
    ]
    let tensors = [
      "a": floats(shape: [0]), "b": floats(1, shape: []), "c": integers(), "d": integer(1),
      "e": numbers([0, 3]),
      "f": numbers([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ]
    for op in operators {
      for name in tensors.keys.sorted() + ["x", ""] {
        for count in 0...4 {
          attempt([onnx(op, [String](repeating: name, count: count))], tensors, opset: opset)
          if count > 1 {
            attempt([onnx(op, ["x"] + [String](repeating: name, count: count - 1))], tensors, opset: opset)
          }
        }
      }
    }
  }

  /// Extents that double their terms with every node.
  @Test func growingPolynomialsAreRefused() {
    var nodes = [
      onnx("Shape", ["x"], ["s"]), onnx("Gather", ["s", "zero"], ["n"]), onnx("Gather", ["s", "one"], ["h"]),
      onnx("Add", ["n", "h"], ["p0"]),
    ]
    for step in 0..<40 { nodes.append(onnx("Mul", ["p\(step)", "p\(step)"], ["p\(step + 1)"])) }
    nodes.append(onnx("Reshape", ["x", "p40"]))
    let all = model(
      nodes, [("x", [.symbol("a"), .symbol("b")])], ["zero": integers(0), "one": integers(1)])
    #expect(throws: LoweringError.self) { try LoweredModel(all) }
  }

  /// A function that calls the one before twice, many times over.
  @Test func growingCallsAreRefused() {
    var functions: [ONNXFunction] = []
    for level in 0..<15 {
      let inner = level == 0 ? onnx("Relu", ["a"], ["b"]) : onnx("F\(level - 1)", ["a"], ["b"], domain: "own")
      let again = level == 0 ? onnx("Relu", ["b"], ["c"]) : onnx("F\(level - 1)", ["b"], ["c"], domain: "own")
      let third = level == 0 ? onnx("Relu", ["c"], ["d"]) : onnx("F\(level - 1)", ["c"], ["d"], domain: "own")
      functions.append(
        ONNXFunction(
          domain: "own", name: "F\(level)", inputs: ["a"], outputs: ["d"], nodes: [inner, again, third],
          opsets: ["": 17, "own": 1]))
    }
    let all = model(
      [onnx("F14", ["x"], domain: "own")], [("x", known(1))], opsets: ["own": 1], functions: functions)
    #expect(throws: LoweringError.self) { try LoweredModel(all) }
  }

  /// Long chains are walked, not descended.
  @Test func longChainsAreLowered() throws {
    var nodes = [onnx("Relu", ["x"], ["v0"])]
    for step in 0..<500 {
      nodes.append(onnx(step % 2 == 0 ? "Transpose" : "Relu", ["v\(step)"], ["v\(step + 1)"]))
    }
    nodes.append(onnx("Identity", ["v500"]))
    _ = try LoweredModel(model(nodes, [("x", known(2, 3))]))
    var constant = [onnx("Transpose", ["w"], ["v0"])]
    for step in 0..<500 {
      let op =
        step % 2 == 0
        ? onnx("Reshape", ["v\(step)", "t"], ["v\(step + 1)"])
        : onnx("Transpose", ["v\(step)"], ["v\(step + 1)"])
      constant.append(op)
    }
    constant.append(onnx("Add", ["x", "v500"]))
    _ = try LoweredModel(model(constant, [("x", known(2, 3))], ["w": numbers([3, 2]), "t": integers(3, 2)]))
  }
}
