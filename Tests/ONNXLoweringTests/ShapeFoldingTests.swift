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
    let lowered = model(nodes + [node("Reshape", ["x", "t"])], input, initializers, opset: opset)
    let found = try listing(lowered)
    try #require(found.count == 1 && found[0].hasPrefix("reshape dimensions="))
    return String(found[0].dropFirst("reshape dimensions=".count))
  }

  let zero = ["zero": integer(0), "list0": integers(0), "list1": integers(1), "minus": integers(-1)]

  @Test func asTheOlderExporterFlattens() throws {
    let nodes = [
      node("Shape", ["x"], ["s"]), node("Slice", ["s", "list0", "two", "list0"], ["lead"]),
      node("Concat", ["lead", "minus"], ["t"], ["axis": .int(0)]),
    ]
    #expect(try target(nodes, zero.merging(["two": integers(2)]) { a, _ in a }) == "[N, 6, 4*width]")
  }

  @Test func asExtentsAreTakenOneByOne() throws {
    for opset in [11, 17] {
      let unsqueeze =
        opset < 13
        ? node("Unsqueeze", ["n"], ["n1"], ["axes": .ints([0])]) : node("Unsqueeze", ["n", "list0"], ["n1"])
      let nodes = [
        node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["n"], ["axis": .int(0)]), unsqueeze,
        node("Concat", ["n1", "three", "minus"], ["t"], ["axis": .int(0)]),
      ]
      let initializers = zero.merging(["three": integers(3)]) { a, _ in a }
      #expect(try target(nodes, initializers, opset: opset) == "[N, 3, 8*width]")
    }
  }

  @Test func arithmeticOnExtents() throws {
    let nodes = [
      node("Shape", ["x"], ["s"]), node("Split", ["s", "ones"], ["n", "c", "h", "w"], ["axis": .int(0)]),
      node("Mul", ["c", "h"], ["ch"]), node("Div", ["ch", "two"], ["half"]),
      node("Sub", ["half", "two"], ["ten"]),
      node("Add", ["ten", "two"], ["twelve"]), node("Mul", ["w", "two"], ["ww"]),
      node("Cast", ["ww"], ["w32"], ["to": .int(6)]), node("Cast", ["w32"], ["w64"], ["to": .int(7)]),
      node("Concat", ["twelve", "n", "w64"], ["t"], ["axis": .int(0)]),
    ]
    let initializers = ["ones": integers(1, 1, 1, 1), "two": integers(2)]
    #expect(try target(nodes, initializers) == "[12, N, 2*width]")
  }

  /// What Expand's target goes through: -1 stands for the operand's own extent.
  @Test func comparisonsThatAnyExtentDecides() throws {
    let nodes = [
      node("Shape", ["x"], ["s"], ["start": .int(0), "end": .int(1)]),
      node("Concat", ["s", "minus", "minus"], ["wanted"], ["axis": .int(0)]),
      node("Shape", ["wanted"], ["rank"]),
      node("ConstantOfShape", ["rank"], ["ones"], ["value": .tensor(integers(1))]),
      node("Mul", ["ones", "minus"], ["minuses"]), node("Equal", ["wanted", "minuses"], ["open"]),
      node("Where", ["open", "ones", "wanted"], ["u"]), node("Expand", ["token", "u"]),
    ]
    let lowered = model(nodes, input, zero.merging(["token": numbers([1, 1, 4])]) { a, _ in a })
    #expect(try listing(lowered) == ["broadcast dimensions=[N, 1, 4]"])
  }

  @Test func productsExtremesRangesAndSizes() throws {
    let nodes = [
      node("Shape", ["x"], ["s"], ["start": .int(1), "end": .int(-1)]),
      node("ReduceProd", ["s"], ["p"], ["keepdims": .int(1)]), node("Shape", ["x"], ["n"], ["end": .int(1)]),
      node("Max", ["n", "list1"], ["atLeast"]), node("Min", ["p", "big"], ["atMost"]),
      node("Concat", ["atLeast", "atMost", "minus"], ["t"], ["axis": .int(0)]),
    ]
    #expect(try target(nodes, zero.merging(["big": integers(99)]) { a, _ in a }) == "[N, 24, width]")
    let ranged = [
      node("Range", ["zero", "four", "two"], ["r"]), node("Reshape", ["r", "minus"], ["list"]),
      node("Gather", ["list", "list1"], ["two1"]), node("Size", ["x"], ["size"]),
      node("Unsqueeze", ["size", "list0"], ["size1"]), node("Div", ["size1", "two1"], ["half"]),
      node("Concat", ["half", "two1"], ["t"], ["axis": .int(0)]),
    ]
    let initializers = zero.merging(["four": integer(4), "two": integer(2)]) { a, _ in a }
    #expect(try target(ranged, initializers) == "[12*N*width, 2]")
  }

  @Test func constantsInEveryForm() throws {
    let nodes = [
      node("Constant", [], ["a"], ["value_int": .int(6)]), node("Unsqueeze", ["a", "list0"], ["a1"]),
      node("Constant", [], ["b"], ["value_ints": .ints([4, -1])]),
      node("Shape", ["x"], ["n"], ["end": .int(1)]),
      node("Squeeze", ["n"], ["n0"]), node("Reshape", ["n0", "minus"], ["n1"]),
      node("Expand", ["n1", "list1"], ["n2"]),
      node("Concat", ["n2", "a1", "b"], ["t"], ["axis": .int(0)]),
    ]
    #expect(try listing(model(nodes + [node("Reshape", ["x", "t"])], input, zero)) == [])
    let numbers = [
      node("Constant", [], ["f"], ["value_float": .float(2)]),
      node("Constant", [], ["g"], ["value_floats": .floats([1, 2])]),
      node("Constant", [], ["h"], ["value": .tensor(floats(3, 4))]), node("Mul", ["f", "g"], ["i"]),
      node("Add", ["i", "h"], ["j"]), node("Add", ["z", "j"]),
    ]
    expect(try run(model(numbers, [("z", known(2))]), ["z": floats(0, 0)]), [2], [5, 8])
  }

  /// The batch may be cut to its first image, because it has one; more is not known.
  @Test func rangesOfOpenExtents() throws {
    func sliced(_ start: Int64, _ end: Int64) throws -> String {
      let nodes = [node("Slice", ["x", "a", "b", "list0"])]
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
      node("ConstantOfShape", ["s"], ["zeros"]), node("Add", ["x", "zeros"]),
    ]
    let x = numbers([2, 3])
    expect(try run(model(nodes, [("x", known(2, 3))], ["s": integers(2, 3)]), ["x": x]), [2, 3], x.values)
  }
}
