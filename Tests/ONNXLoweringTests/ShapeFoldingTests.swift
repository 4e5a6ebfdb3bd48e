import Graph
import ONNX
import Tensors
import Testing

/// Shape computations leave nothing in the graph but the extents that they come to.
@Suite struct ShapeFoldingTests {
  let input: [(String, [ONNXValue.Extent])] = [
    ("x", [.symbol("batch"), .known(6), .known(4), .symbol("width")])
  ]

  /// x reshaped to what `nodes` compute as `t`: the target that the graph states.
  func target(_ nodes: [ONNXNode], _ initializers: [String: Tensor] = [:], opset: Int = 17) throws -> String {
    let lowered = model(nodes + [onnx("Reshape", ["x", "t"])], input, initializers, opset: opset)
    let found = try listing(lowered)
    try #require(found.count == 1 && found[0].hasPrefix("reshape dimensions="))
    return String(found[0].dropFirst("reshape dimensions=".count))
  }

  let zero = ["zero": integer(0), "list0": integers(0), "list1": integers(1), "minus": integers(-1)]

  @Test func asTheOlderExporterFlattens() throws {
    let nodes = [
      onnx("Shape", ["x"], ["s"]), onnx("Slice", ["s", "list0", "two", "list0"], ["lead"]),
      onnx("Concat", ["lead", "minus"], ["t"], ["axis": .int(0)]),
    ]
    #expect(try target(nodes, zero.merging(["two": integers(2)]) { a, _ in a }) == "[N, 6, 4*width]")
  }

  @Test func asExtentsAreTakenOneByOne() throws {
    for opset in [11, 17] {
      let unsqueeze =
        opset < 13
        ? onnx("Unsqueeze", ["n"], ["n1"], ["axes": .ints([0])]) : onnx("Unsqueeze", ["n", "list0"], ["n1"])
      let nodes = [
        onnx("Shape", ["x"], ["s"]), onnx("Gather", ["s", "zero"], ["n"], ["axis": .int(0)]), unsqueeze,
        onnx("Concat", ["n1", "three", "minus"], ["t"], ["axis": .int(0)]),
      ]
      let initializers = zero.merging(["three": integers(3)]) { a, _ in a }
      #expect(try target(nodes, initializers, opset: opset) == "[N, 3, 8*width]")
    }
  }

  @Test func arithmeticOnExtents() throws {
    let nodes = [
      onnx("Shape", ["x"], ["s"]), onnx("Split", ["s", "ones"], ["n", "c", "h", "w"], ["axis": .int(0)]),
      onnx("Mul", ["c", "h"], ["ch"]), onnx("Div", ["ch", "two"], ["half"]),
      onnx("Sub", ["half", "two"], ["ten"]),
      onnx("Add", ["ten", "two"], ["twelve"]), onnx("Mul", ["w", "two"], ["ww"]),
      onnx("Cast", ["ww"], ["w32"], ["to": .int(6)]), onnx("Cast", ["w32"], ["w64"], ["to": .int(7)]),
      onnx("Concat", ["twelve", "n", "w64"], ["t"], ["axis": .int(0)]),
    ]
    let initializers = ["ones": integers(1, 1, 1, 1), "two": integers(2)]
    #expect(try target(nodes, initializers) == "[12, N, 2*width]")
  }

  /// What Expand's target goes through: -1 stands for the operand's own extent.
  @Test func comparisonsThatAnyExtentDecides() throws {
    let nodes = [
      onnx("Shape", ["x"], ["s"], ["start": .int(0), "end": .int(1)]),
      onnx("Concat", ["s", "minus", "minus"], ["wanted"], ["axis": .int(0)]),
      onnx("Shape", ["wanted"], ["rank"]),
      onnx("ConstantOfShape", ["rank"], ["ones"], ["value": .tensor(integers(1))]),
      onnx("Mul", ["ones", "minus"], ["minuses"]), onnx("Equal", ["wanted", "minuses"], ["open"]),
      onnx("Where", ["open", "ones", "wanted"], ["u"]), onnx("Expand", ["token", "u"]),
    ]
    let lowered = model(nodes, input, zero.merging(["token": numbers([1, 1, 4])]) { a, _ in a })
    #expect(try listing(lowered) == ["broadcast dimensions=[N, 1, 4]"])
  }

  @Test func productsExtremesRangesAndSizes() throws {
    let nodes = [
      onnx("Shape", ["x"], ["s"], ["start": .int(1), "end": .int(-1)]),
      onnx("ReduceProd", ["s"], ["p"], ["keepdims": .int(1)]), onnx("Shape", ["x"], ["n"], ["end": .int(1)]),
      onnx("Max", ["n", "list1"], ["atLeast"]), onnx("Min", ["p", "big"], ["atMost"]),
      onnx("Concat", ["atLeast", "atMost", "minus"], ["t"], ["axis": .int(0)]),
    ]
    #expect(try target(nodes, zero.merging(["big": integers(99)]) { a, _ in a }) == "[N, 24, width]")
    let ranged = [
      onnx("Range", ["zero", "four", "two"], ["r"]), onnx("Reshape", ["r", "minus"], ["list"]),
      onnx("Gather", ["list", "list1"], ["two1"]), onnx("Size", ["x"], ["size"]),
      onnx("Unsqueeze", ["size", "list0"], ["size1"]), onnx("Div", ["size1", "two1"], ["half"]),
      onnx("Concat", ["half", "two1"], ["t"], ["axis": .int(0)]),
    ]
    let initializers = zero.merging(["four": integer(4), "two": integer(2)]) { a, _ in a }
    #expect(try target(ranged, initializers) == "[12*N*width, 2]")
  }

  /// A mask as windowed attention computes it: of rows of numbers, compared, joined, turned and cut.
  @Test func integersOfAnyRank() throws {
    let nodes = [
      onnx("Range", ["zero", "six", "one"], ["r"]), onnx("Reshape", ["r", "two3"], ["m"]),
      onnx("Mod", ["m", "two"], ["odd"]), onnx("Cast", ["odd"], ["isOdd"], ["to": .int(9)]),
      onnx("Greater", ["m", "two"], ["late"]), onnx("And", ["isOdd", "late"], ["both"]),
      onnx("LessOrEqual", ["m", "zero"], ["first"]), onnx("Or", ["both", "first"], ["any"]),
      onnx("Not", ["any"], ["none"]), onnx("Where", ["none", "m", "minusOne"], ["chosen"]),
      onnx("Transpose", ["chosen"], ["turned"]),
      onnx("Slice", ["turned", "list0", "list2", "list1", "list1"], ["cut"]),
      onnx("Cast", ["cut"], ["f"], ["to": .int(1)]), onnx("Add", ["z", "f"]),
    ]
    let initializers = [
      "zero": integer(0), "six": integer(6), "one": integer(1), "two": integer(2), "minusOne": integer(-1),
      "two3": integers(2, 3), "list0": integers(0), "list1": integers(1), "list2": integers(2),
    ]
    // [[0, 1, 2], [3, 4, 5]]: 0 is first, 3 and 5 are odd and late.
    let lowered = model(nodes, [("z", known(3, 2))], initializers)
    expect(try run(lowered, ["z": floats(0, 0, 0, 0, 0, 0, shape: [3, 2])]), [3, 2], [-1, -1, 1, 4, 2, -1])
  }

  /// All elements of a batch, numbered one by one: the dynamo exporter's form of a view.
  @Test func indicesOfOpenBatches() throws {
    let nodes = [
      onnx("Reshape", ["x", "minus"], ["flat"]), onnx("Shape", ["x"], ["n"], ["end": .int(1)]),
      onnx("Squeeze", ["n"], ["n0"]), onnx("Range", ["zero", "n0", "one"], ["r"]),
      onnx("Mul", ["r", "three"], ["s"]), onnx("Unsqueeze", ["s", "list1"], ["t"]),
      onnx("Add", ["t", "row"], ["i"]), onnx("Unsqueeze", ["i", "list1"], ["j"]),
      onnx("Gather", ["flat", "j"]),
    ]
    let initializers = [
      "zero": integer(0), "one": integer(1), "three": integer(3), "minus": integers(-1), "list1": integers(1),
      "row": Tensor([0, 1, 2] as [Int64], shape: [1, 3]),
    ]
    let open: [(String, [ONNXValue.Extent])] = [("x", [.symbol("batch"), .known(3)])]
    #expect(try listing(model(nodes, open, initializers)) == ["reshape dimensions=[N, 1, 3]"])
    // Numbers that leave some out, or come in another order, are no view.
    for row in [[0, 2, 1], [1, 2, 3], [0, 1, 1]] as [[Int64]] {
      let other = initializers.merging(["row": Tensor(row, shape: [1, 3])]) { _, new in new }
      #expect(throws: LoweringError.self) { try listing(model(nodes, open, other)) }
    }
    let output = model(Array(nodes[1...3]), open, initializers, outputs: ["r"])
    #expect(throws: LoweringError.self) { try listing(output) }
  }

  @Test func rangesOfNumbers() throws {
    let nodes = [onnx("Range", ["a", "b", "c"], ["r"]), onnx("Add", ["z", "r"])]
    func numbers(_ start: Float, _ limit: Float, _ delta: Float) throws -> [Double] {
      let ends = ["a": start, "b": limit, "c": delta].mapValues { floats($0, shape: []) }
      return try run(model(nodes, [("z", known(1))], ends), ["z": floats(0)]).values
    }
    #expect(try numbers(0, 3, 1) == [0, 1, 2])
    #expect(try numbers(1, -0.5, -0.5) == [1, 0.5, 0])
    #expect(throws: LoweringError.self) { try numbers(0, 3, 0) }
    #expect(throws: LoweringError.self) { try numbers(0, .infinity, 1) }
    #expect(throws: LoweringError.self) { try numbers(0, 1e9, 1) }
  }

  @Test func constantsInEveryForm() throws {
    let nodes = [
      onnx("Constant", [], ["a"], ["value_int": .int(6)]), onnx("Unsqueeze", ["a", "list0"], ["a1"]),
      onnx("Constant", [], ["b"], ["value_ints": .ints([4, -1])]),
      onnx("Shape", ["x"], ["n"], ["end": .int(1)]),
      onnx("Squeeze", ["n"], ["n0"]), onnx("Reshape", ["n0", "minus"], ["n1"]),
      onnx("Expand", ["n1", "list1"], ["n2"]),
      onnx("Concat", ["n2", "a1", "b"], ["t"], ["axis": .int(0)]),
    ]
    #expect(try listing(model(nodes + [onnx("Reshape", ["x", "t"])], input, zero)) == [])
    let numbers = [
      onnx("Constant", [], ["f"], ["value_float": .float(2)]),
      onnx("Constant", [], ["g"], ["value_floats": .floats([1, 2])]),
      onnx("Constant", [], ["h"], ["value": .tensor(floats(3, 4))]), onnx("Mul", ["f", "g"], ["i"]),
      onnx("Add", ["i", "h"], ["j"]), onnx("Add", ["z", "j"]),
    ]
    expect(try run(model(numbers, [("z", known(2))]), ["z": floats(0, 0)]), [2], [5, 8])
  }

  /// The batch may be cut to its first image, because it has one; more is not known.
  @Test func rangesOfOpenExtents() throws {
    func sliced(_ start: Int64, _ end: Int64) throws -> String {
      let nodes = [onnx("Slice", ["x", "a", "b", "list0"])]
      let initializers = zero.merging(["a": integers(start), "b": integers(end)]) { a, _ in a }
      return try listing(model(nodes, input, initializers)).joined()
    }
    #expect(try sliced(0, 1) == "slice axis=0 count=[1] start=0")
    #expect(try sliced(0, -1) == "slice axis=0 count=[-1 + N] start=0")
    #expect(try sliced(1, .max) == "slice axis=0 count=[-1 + N] start=1")
    #expect(try sliced(0, .max) == "")
    #expect(throws: LoweringError.self) { try sliced(0, 2) }
    #expect(throws: LoweringError.self) { try sliced(-1, .max) }
  }

  @Test func shapesOfConstantTargets() throws {
    let nodes = [
      onnx("ConstantOfShape", ["s"], ["zeros"]), onnx("Add", ["x", "zeros"]),
    ]
    let x = numbers([2, 3])
    expect(try run(model(nodes, [("x", known(2, 3))], ["s": integers(2, 3)]), ["x": x]), [2, 3], x.values)
  }
}
