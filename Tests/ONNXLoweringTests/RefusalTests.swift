import ONNX
import Tensors
import Testing

/// What is refused, word for word.
@Suite struct RefusalTests {
  func refusal(
    _ nodes: [ONNXNode], _ inputs: [(String, [ONNXValue.Extent])] = [("x", known(2, 3, 4))],
    _ initializers: [String: Tensor] = [:], outputs: [String] = ["y"], opset: Int = 17,
    opsets: [String: Int] = [:],
    functions: [ONNXFunction] = []
  ) -> String {
    do {
      let all = model(
        nodes, inputs, initializers, outputs: outputs, opset: opset, opsets: opsets, functions: functions)
      return "accepted: \(try listing(all))"
    } catch {
      return "\(error)"
    }
  }

  @Test func unsupportedOperatorsAreListedAllAtOnce() {
    let nodes = [
      onnx("Sorcery", ["x"], ["a"]), onnx("Relu", ["a"], ["b"]),
      onnx("Gelu", ["b"], ["c"]), onnx("Gelu", ["c"], ["d"], domain: "com.microsoft"),
      ONNXNode(domain: "own", op: "Thing", inputs: ["d"], outputs: ["y"]),
    ]
    #expect(
      refusal(nodes, opsets: ["own": 3]) == """
        operators that are not supported: Gelu "gelu" (opset 17), Sorcery "sorcery" (opset 17), \
        com.microsoft.Gelu "gelu" (no opset stated), own.Thing "y" (opset 3)
        """)
  }

  @Test func operatorSetsThatAreNotKnownYet() {
    #expect(
      refusal([onnx("Relu", ["x"])], opset: 29)
        == #"operators that are not supported: Relu "relu" (opset 29)"#)
  }

  @Test func attributes() {
    #expect(
      refusal([onnx("Relu", ["x"], ["slope": .float(1), "alpha": .int(2)])])
        == #"Relu "relu" (opset 17): attributes with no known meaning: alpha, slope"#)
    #expect(
      refusal([onnx("Softmax", ["x"], ["axis": .string("last")])])
        == #"Softmax "softmax" (opset 17): attribute axis: an integer expected, last found"#)
    #expect(
      refusal([onnx("Softmax", ["x"], ["axis": .int(3)])])
        == #"Softmax "softmax" (opset 17): attribute axis: an axis of 3 expected, 3 found"#)
    #expect(
      refusal([onnx("Gelu", ["x"], ["approximate": .string("fast")])], opset: 20)
        == #"Gelu "gelu" (opset 20): attribute approximate: none or tanh expected, fast found"#)
    #expect(
      refusal([onnx("Cast", ["x"], ["to": .int(8)])])
        == #"Cast "cast" (opset 17): attribute to: a type that can be computed with expected, 8 found"#)
    #expect(
      refusal([onnx("QuantizeLinear", ["x", "s"], ["precision": .int(10)])], [("x", known(2)), ("s", [])], opset: 23)
        == #"QuantizeLinear "quantizelinear" (opset 23): attribute precision: f32 expected, f16 found"#)
    #expect(
      refusal([onnx("Constant", [], ["value_string": .string("no")])])
        == #"Constant "constant" (opset 17): attribute value: a tensor expected, value_string found"#)
  }

  @Test func convolutions() {
    let image = [("x", known(1, 2, 8, 8))]
    let weights = ["w": numbers([4, 2, 3, 3])]
    func conv(_ attributes: [String: ONNXAttribute]) -> String {
      refusal([onnx("Conv", ["x", "w"], attributes)], image, weights)
    }
    #expect(
      conv(["pads": .ints([0, -1, 1, 1])]) == """
        Conv "conv" (opset 17): attribute pads: 4 integers from 0 to 1048576 expected, [0, -1, 1, 1] found
        """)
    #expect(
      conv(["strides": .ints([2, 0])])
        == #"Conv "conv" (opset 17): attribute strides: 2 integers from 1 to 1048576 expected, [2, 0] found"#)
    #expect(
      conv(["kernel_shape": .ints([5, 5])])
        == #"Conv "conv" (opset 17): attribute kernel_shape: [3, 3] expected, [5, 5] found"#)
    #expect(
      conv(["group": .int(2)]) == """
        Conv "conv" (opset 17): convolution: axis 1 of weight must be 1, but weight is f32 [4, 2, 3, 3]
        """)
    #expect(
      conv(["auto_pad": .string("SOME")]) == """
        Conv "conv" (opset 17): attribute auto_pad: NOTSET, VALID, SAME_UPPER or SAME_LOWER expected, \
        SOME found
        """)
    #expect(
      refusal([onnx("Conv", ["x", "w"])], [("x", known(2, 3, 4))], weights)
        == #"Conv "conv" (opset 17): operand 1: a weight [o, c, …] of rank 3 and known shape expected, "#
        + "f32 [4, 2, 3, 3] found")
    #expect(
      refusal([onnx("Conv", ["x", "w"])], [("x", known(1, 2, 1, 8))], weights)
        == #"Conv "conv" (opset 17): operand 0: extents that leave a result expected, an extent of -1 found"#)
  }

  @Test func operands() {
    #expect(
      refusal([onnx("Relu", ["x", "x"])])
        == #"Relu "relu" (opset 17): at most 1 operands expected, 2 found"#)
    #expect(
      refusal([onnx("MatMul", ["x"])])
        == #"MatMul "matmul" (opset 17): operand 1: a value expected, none found"#)
    #expect(
      refusal([onnx("Add", ["x", "lost"])])
        == #"Add "add" (opset 17): reads lost, which nothing before it defines"#)
    #expect(
      refusal([onnx("Relu", ["x"]), onnx("Exp", ["x"])]) == #"Exp "exp" (opset 17): defines y a second time"#)
    #expect(
      refusal([onnx("Where", ["x", "x", "x"])]) == """
        Where "where" (opset 17): select: condition must hold bool, but is f32 [2, 3, 4]
        """)
    #expect(
      refusal(
        [onnx("Slice", ["x", "a", "b", "c", "d"])], [("x", known(4))],
        [
          "a": integers(0), "b": integers(4), "c": integers(0), "d": integers(0),
        ])
        == #"Slice "slice" (opset 17): operand 4: steps other than 0 in lists of integers expected, 0 found"#)
    #expect(
      refusal([onnx("Gather", ["x", "i"])], [("x", known(4))], ["i": integers(0, 2, 4)]) == """
        Gather "gather" (opset 17): operand 1: indices of axis 0 of f32 [4] expected, i64 [0, 2, 4] found
        """)
    #expect(
      refusal([onnx("Gather", ["x", "i"])], [("x", known(4))], ["i": integer(4)]) == """
        Gather "gather" (opset 17): operand 1: indices of axis 0 of f32 [4] expected, i64 4 found
        """)
  }

  @Test func textOfFilesCannotCommandTheTerminal() {
    let node = ONNXNode(name: "\u{1B}[2J", op: "Clear\u{7}", inputs: ["x"], outputs: ["y"])
    #expect(
      refusal([node])
        == #"operators that are not supported: Clear\u{7} "\u{1B}[2J" (opset 17)"#)
    #expect(
      refusal([onnx("Gelu", ["x"], ["approximate": .string("a\nb")])], opset: 20)
        == #"Gelu "gelu" (opset 20): attribute approximate: none or tanh expected, a\u{A}b found"#)
  }

  @Test func triangles() {
    #expect(
      refusal([onnx("Trilu", ["x"])], [("x", known(3))])
        == #"Trilu "trilu" (opset 17): operand 0: matrices expected, f32 [3] found"#)
    #expect(
      refusal([onnx("Trilu", ["x"])], [("x", [.known(3), .symbol("b")])]) == """
        Trilu "trilu" (opset 17): the size of the matrices of f32 [3, b] depends on extents that the file leaves open
        """)
  }

  @Test func shapes() {
    #expect(
      refusal([onnx("Reshape", ["x", "t"])], [("x", known(4))], ["t": integers(-1, -1)])
        == #"Reshape "reshape" (opset 17): operand 1: at most one -1 expected, [-1, -1] found"#)
    #expect(
      refusal([onnx("Reshape", ["x", "t"])], [("x", [.symbol("b"), .known(4)])], ["t": integers(3, -1)])
        == """
        Reshape "reshape" (opset 17): operand 1: extents that divide the elements of f32 [N, 4] \
        expected, [3, -1] found
        """)
    #expect(
      refusal([onnx("Reshape", ["x", "t"])], [("x", known(4))], ["t": integers(5)]) == """
        Reshape "reshape" (opset 17): reshape: attribute dimensions must be as many elements as f32 [4] has, \
        but is [5]
        """)
    #expect(
      refusal([onnx("Add", ["x", "w"])], [("x", known(2, 3))], ["w": numbers([2])]) == """
        Add "add" (opset 17): binary: axis 0 of b must be 3 or 1, but b is f32 [2]
        """)
    #expect(
      refusal(
        [
          onnx("Shape", ["x"], ["s"]), onnx("Equal", ["s", "one"], ["e"]),
          onnx("Where", ["e", "s", "one"], ["t"]),
          onnx("Reshape", ["x", "t"]),
        ],
        [("x", [.symbol("b")])], ["one": integers(1)]) == """
          Equal "equal" (opset 17): the equality of N and 1 depends on extents that the file leaves open
          """)
    #expect(
      refusal([onnx("Split", ["x"], ["y", "z"])], [("x", [.symbol("b")])]) == """
        Split "split" (opset 17): the size of 2 parts of N depends on extents that the file leaves open
        """)
    #expect(
      refusal([onnx("Shape", ["x"], ["s"]), onnx("Relu", ["s"])], [("x", [.symbol("b"), .known(3)])]) == """
        Relu "relu" (opset 17): operand 0: a value of the network expected, a shape, i64 [N, 3] found
        """)
  }

  @Test func results() {
    let nodes = [
      onnx("Softmax", ["x"], ["y", "sum"]), onnx("Relu", ["sum"], ["z"]),
    ]
    #expect(
      refusal(nodes, outputs: ["y", "z"])
        == #"Softmax "softmax" (opset 17): result 1 (sum) is read, but not supported"#)
  }

  @Test func inputsAndOutputs() {
    let relu = [onnx("Relu", ["x"])]
    #expect(
      refusal(relu, [("x", [.known(2), .known(-1)])])
        == "input x: extents of 0 or more expected, -1 on axis 1 found")
    #expect(
      refusal(relu, [("x", known(2)), ("x", known(2))])
        == "input x: one input of this name expected, several found")
    #expect(refusal(relu, outputs: ["y", "z"]) == "output z: a value of the network expected, nothing found")
    #expect(refusal(relu, outputs: ["y", "y"]) == "output y: a value of the network expected, several found")
    #expect(
      refusal([onnx("Shape", ["x"])], [("x", [.symbol("b")])])
        == "output y: a value of the network expected, a shape, i64 [N] found")
    var unshaped = model(relu, [("x", known(1))])
    unshaped.graph.inputs[0].shape = nil
    #expect(throws: LoweringError.input(name: "x", expected: "a stated shape", found: "none")) {
      try LoweredModel(unshaped)
    }
  }
}
