/// Models of few nodes in forms that the onnx package's node tests lack: of earlier operator sets, of shapes that are
/// computed, and such as must be refused.
extension ONNXSeeds {
  /// Each with an input of stated extents and with one whose extents are open.
  public static var operators: [(name: String, bytes: [UInt8])] {
    let shapes: [(String, [Bytes])] = [
      ("stated", [2, 3, 4, 4].map { field(1, $0) }),
      ("open", [field(2, "n"), field(1, 3), field(2, "h"), field(2, "w")]),
    ]
    let models = (earlierForms + shapeComputations + refused).enumerated()
    return models.flatMap { number, made in
      shapes.map { name, dims in ("\(number) \(name)", made.bytes(dims)) }
    } + [("no shape", noShape), ("many axes", manyAxes), ("result read", resultRead)]
  }

  struct Made {
    var nodes: [Bytes]
    var version: Int64 = 21

    /// x → y, where x is [n, 3, h, w].
    func bytes(_ dims: [Bytes]) -> Bytes {
      model(
        graph(
          nodes: nodes, initializers: constants, inputs: [value("x", dims: dims)],
          outputs: [field(1, "y") + field(2, field(1, field(1, 1)))]),
        opsets: [opset("", version), opset("com.microsoft", 1)])
    }

    init(_ nodes: [Bytes], opset: Int64 = 21) { (self.nodes, version) = (nodes, opset) }

    /// One node from the operands to y.
    init(_ op: String, _ operands: [String] = ["x"], _ attributes: [Bytes] = [], opset: Int64 = 21) {
      self.init([node(op, operands, ["y"], attributes: attributes)], opset: opset)
    }

    /// The nodes, and x plus the sum of what they name.
    init(_ nodes: [Bytes], adding integers: String) {
      self.init(
        nodes + [
          node("Cast", [integers], ["summands"], attributes: [int("to", 1)]),
          node("ReduceSum", ["summands"], ["sum"], attributes: [int("keepdims", 0)]), node("Add", ["x", "sum"], ["y"]),
        ])
    }

    /// The nodes, and x reshaped to their t.
    init(target nodes: Bytes..., opset: Int64 = 21) {
      self.init(nodes + [node("Reshape", ["x", "t"], ["y"])], opset: opset)
    }
  }

  private static var earlierForms: [Made] {
    [
      Made("Upsample", ["x"], [floats("scales", [1, 1, 2, 2])], opset: 8), Made("Upsample", ["x"], opset: 8),
      Made("Upsample", ["x", "doubling"], [text("mode", "linear")], opset: 9),
      Made("Resize", ["x", "doubling"], opset: 10), Made("Resize", ["x", "doubling"], [text("mode", "no")], opset: 10),
      Made("Pad", ["x"], [ints("pads", [0, 0, 1, 1, 0, 0, 1, -1]), float("value", 2)], opset: 10),
      Made("Slice", ["x"], [ints("starts", [1]), ints("ends", [3]), ints("axes", [1])], opset: 9),
      Made("Slice", ["x"], [ints("starts", [1]), ints("ends", [3, 4])], opset: 9),
      Made(
        [
          node("Unsqueeze", ["x"], ["u"], attributes: [ints("axes", [0, 3])]),
          node("Squeeze", ["u"], ["y"], attributes: [ints("axes", [0, 3])]),
        ], opset: 11),
      Made(
        [
          node("Split", ["x"], ["a", "b"], attributes: [ints("split", [1, 2]), int("axis", 1)]),
          node("Add", ["a", "b"], ["y"]),
        ], opset: 11),
      Made("Clip", ["x"], [float("min", -1), float("max", 2)], opset: 7), Made("Softmax", opset: 11),
      Made("Softmax", ["x"], [int("axis", -1)], opset: 11), Made("LogSoftmax", opset: 11),
      Made("Hardmax", ["x"], [int("axis", 2)], opset: 11), Made("Mish"), Made("GlobalLpPool"),
      Made([node("TopK", ["x"], ["y", "places"], attributes: [int("k", 2), int("axis", 1)])], opset: 9),
      Made([node("Gelu", ["x"], ["y"], domain: "com.microsoft")]),
      Made("GridSample", ["x", "grid"], opset: 16), Made("GridSample", ["x", "grid"], [text("mode", "no")], opset: 16),
      Made("RoiAlign", ["x", "boxes", "list0"], opset: 10), Made("Max", ["x", "doubling"], opset: 7),
      Made("Gather", ["x", "picks"], [int("axis", 1)]), Made("Gather", ["x", "list1"], [int("axis", 1)]),
      Made("Gather", ["x", "two"], [int("axis", 1)]), Made("Gather", ["x", "minusOne"], [int("axis", 1)]),
      Made("Pow", ["x", "two"]), Made("Pow", ["x", "doubling"]), Made("Cast", ["x"], [int("to", 11)]),
      Made("Einsum", ["x", "x"], [text("equation", "bchw,bchw->bc")]),
      Made([node("Einsum", ["whole", "whole"], ["i"], attributes: [text("equation", "ij,jk->ik")])], adding: "i"),
      Made("GroupNormalization", ["x", "scale1", "scale1"], [int("num_groups", 1)], opset: 18),
      Made("InstanceNormalization", ["x", "three", "three"]), Made("LpNormalization"),
      Made("LpNormalization", ["x"], [int("p", 3)]),
      Made("CenterCropPad", ["x", "square"], [ints("axes", [2, 3])], opset: 18), Made("ReduceMean", ["x"]),
      Made([
        node("QuantizeLinear", ["x", "scale1", "zero8"], ["q"]),
        node("DequantizeLinear", ["q", "scale1", "zero8"], ["y"]),
      ]),
      Made(
        [
          node("Cast", ["whole"], ["m"], attributes: [int("to", 3)]),
          node("MatMulInteger", ["m", "m", "zeros8"], ["i"]),
        ], adding: "i"),
    ]
  }

  private static var shapeComputations: [Made] {
    let (shape, lead) = (node("Shape", ["x"], ["s"]), node("Shape", ["x"], ["n"], attributes: [int("end", 1)]))
    func joined(_ parts: String...) -> Bytes { node("Concat", parts, ["t"], attributes: [int("axis", 0)]) }
    let mask: [Bytes] = [
      node("Range", ["zero", "six", "one"], ["r"]), node("Reshape", ["r", "rows"], ["m"]),
      node("Mod", ["m", "two"], ["odd"]), node("Cast", ["odd"], ["isOdd"], attributes: [int("to", 9)]),
      node("Greater", ["m", "two"], ["late"]), node("And", ["isOdd", "late"], ["both"]),
      node("LessOrEqual", ["m", "zero"], ["first"]), node("Or", ["both", "first"], ["any"]),
      node("Not", ["any"], ["none"]), node("Where", ["none", "m", "minusOne"], ["chosen"]),
      node("Transpose", ["chosen"], ["turned"]),
      node("Slice", ["turned", "list0", "list2", "list1", "list1"], ["cut"]),
    ]
    let numbered: [Bytes] = [
      node("Reshape", ["x", "rowsOf3"], ["flat0"]), node("Reshape", ["flat0", "minus"], ["flat"]),
      node("Shape", ["flat0"], ["n"], attributes: [int("end", 1)]), node("Squeeze", ["n"], ["n0"]),
      node("Range", ["zero", "n0", "one"], ["r"]), node("Mul", ["r", "thrice"], ["s"]),
      node("Unsqueeze", ["s", "list1"], ["t"]), node("Add", ["t", "row"], ["i"]),
      node("Unsqueeze", ["i", "list1"], ["j"]),
    ]
    return [
      Made(target: shape, node("Slice", ["s", "list0", "list2", "list0"], ["lead"]), joined("lead", "minus")),
      Made(
        target: shape, node("Gather", ["s", "zero"], ["n"]), node("Unsqueeze", ["n", "list0"], ["n1"]),
        joined("n1", "list3", "minus")),
      Made(
        target: shape, node("Split", ["s", "ones"], ["n", "c", "h", "w"]), node("Mul", ["c", "h"], ["ch"]),
        node("Div", ["ch", "list3"], ["third"]), node("Sub", ["third", "list2"], ["less"]),
        node("Add", ["less", "list2"], ["more"]), node("Cast", ["w"], ["w32"], attributes: [int("to", 6)]),
        node("Cast", ["w32"], ["w64"], attributes: [int("to", 7)]), joined("more", "n", "list3", "w64")),
      Made(
        target: shape, node("Split", ["s", "ones"], ["n", "c", "h", "w"]), node("Div", ["h", "list2"], ["half"]),
        node("Mul", ["half", "list2"], ["even"]), joined("n", "c", "even", "minus")),
      Made([
        lead, joined("n", "minus", "minus"), node("Shape", ["t"], ["rank"]),
        node("ConstantOfShape", ["rank"], ["all"], attributes: [attribute("value", type: 4, field(5, list("", 1)))]),
        node("Mul", ["all", "minus"], ["none"]), node("Equal", ["t", "none"], ["open"]),
        node("Where", ["open", "all", "t"], ["u"]), node("Expand", ["token", "u"], ["wide"]),
        node("ReduceSum", ["wide", "list2"], ["y"]),
      ]),
      Made(
        target: node("Shape", ["x"], ["s"], attributes: [int("start", 1), int("end", 2)]),
        node("ReduceProd", ["s"], ["p"], attributes: [int("keepdims", 1)]), lead,
        node("Max", ["n", "list1"], ["atLeast"]), node("Min", ["p", "list3"], ["atMost"]),
        joined("atLeast", "atMost", "minus")),
      Made(
        target: shape, node("ReduceProd", ["s"], ["p"], attributes: [int("keepdims", 0)]),
        node("Unsqueeze", ["p", "list0"], ["p1"]), joined("p1")),
      Made(
        target: node("Size", ["x"], ["size"]), node("Unsqueeze", ["size", "list0"], ["size1"]), joined("size1")),
      Made(
        target: lead, node("Squeeze", ["n"], ["n0"]), node("Reshape", ["n0", "minus"], ["n1"]),
        node("Expand", ["n1", "list1"], ["n2"]), joined("n2", "minus")),
      Made(
        target: lead, node("Cast", ["n"], ["isThere"], attributes: [int("to", 9)]),
        node("Where", ["isThere", "n", "list1"], ["m"]), joined("m", "minus")),
      Made(
        target: shape, node("Range", ["zero", "four", "two"], ["r"]), node("Gather", ["s", "r"], ["even"]),
        node("Concat", ["even", "minus"], ["t"], attributes: [int("axis", -1)])),
      Made(mask, adding: "cut"), Made(numbered + [node("Gather", ["flat", "j"], ["y"])]),
      // Numbers that leave some out, and numbers that nothing gathers by.
      Made(numbered.dropLast(2) + [node("Mul", ["t", "two"], ["u"]), node("Gather", ["flat", "u"], ["y"])]),
      Made(numbered, adding: "j"), Made(numbered + [node("Add", ["j", "picks"], ["k"])], adding: "k"),
      Made([
        node("Range", ["zerof", "endf", "stepf"], ["r"]), node("ReduceSum", ["r"], ["i"]),
        node("Add", ["x", "i"], ["y"]),
      ]),
      Made([
        node("Constant", [], ["f"], attributes: [float("value_float", 2)]),
        node("Constant", [], ["g"], attributes: [floats("value_floats", [1])]),
        node("Constant", [], ["h"], attributes: [attribute("value_int", type: 2, field(3, 6))]),
        node("Constant", [], ["i"], attributes: [ints("value_ints", [4])]), node("Mul", ["f", "g"], ["j"]),
        node("Add", ["h", "i"], ["k"]), node("Cast", ["k"], ["l"], attributes: [int("to", 1)]),
        node("Add", ["j", "l"], ["m"]), node("Add", ["x", "m"], ["y"]),
      ]),
      Made([node("ConstantOfShape", ["ones"], ["c"]), node("Add", ["x", "c"], ["y"])]),
      Made([node("Slice", ["x", "list0", "minus", "list0"], ["y"])]),
      Made([node("Slice", ["x", "minus", "far", "list2", "minus"], ["y"])]),
      Made([node("Shape", ["x"], ["s"]), node("Slice", ["s", "minus", "back", "list0", "minus"], ["t"]), reshaping]),
      Made([node("Shape", ["x"], ["s"]), node("Squeeze", ["s", "list0"], ["t"]), reshaping]),
      Made([
        node("Resize", ["x", "", "", "sizes"], ["y"], attributes: [text("keep_aspect_ratio_policy", "not_larger")])
      ]),
    ]
  }

  // MARK: Whole models

  private static var noShape: Bytes {
    model(graph(nodes: [relu], inputs: [field(1, "x") + field(2, field(1, field(1, 1)))]))
  }

  private static var manyAxes: Bytes {
    model(graph(nodes: [relu], inputs: [value("x", dims: Array(repeating: field(1, 1), count: 13))]))
  }

  /// Of a result that is not supported, but read.
  private static var resultRead: Bytes {
    model(
      graph(
        nodes: [node("Softmax", ["x"], ["y", "sum"]), node("Relu", ["sum"], ["z"])], outputs: [value("y"), value("z")]))
  }
}

private let reshaping = node("Reshape", ["x", "t"], ["y"])
