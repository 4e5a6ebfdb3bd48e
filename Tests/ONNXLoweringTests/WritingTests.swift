import Graph
import ONNX
import Tensors
import Testing

/// Operators that index and compare come back from ONNX with the same results.
@Suite struct WritingTests {
  /// Writes, reads back, and compares both graphs' outputs for the same inputs.
  func expectSame(_ graph: Graph, _ inputs: [String: Tensor], opset: Int = 18) throws {
    let back = try LoweredModel(ExportedModel(graph, opset: opset).model).graph
    let (expected, found) = (try evaluate(graph, inputs), try evaluate(back, inputs))
    for (name, tensor) in expected {
      let result = try #require(found[name])
      #expect(result.type == tensor.type && result.shape == tensor.shape)
      #expect(zip(result.values, tensor.values).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }, "\(name)")
    }
  }

  func constant(_ graph: inout Graph, _ name: String, _ values: Int64..., shape: Shape) -> ValueID {
    graph.addConstant(Constant(name: name, Tensor(values, shape: shape)))
  }

  /// A number for every two positions would not fit a file, nor memory.
  @Test(arguments: [([4096, 4096], [8191 * 8191, 1]), ([], [(1 << 50) - 1, (1 << 50) - 1, 1])])
  func biasesOfHugeWindowsAreRefused(_ window: [Int], _ extents: [Int]) throws {
    var graph = Graph()
    let table = graph.addInput("table", TensorType(.float32, extents.map { Dimension($0) }))
    graph.addOutput("y", try graph.add(RelativePositions(window: window), table))
    #expect {
      try ExportedModel(graph, opset: 18)
    } throws: { "\($0)".contains("at most 8192 positions") }
  }

  @Test func functionsOfOneAndTwo() throws {
    var graph = Graph()
    let x = graph.addInput("x", TensorType(.float32, [.symbol("N"), 3]))
    let y = graph.addInput("y", TensorType(.float32, [3]))
    for function in Unary.Function.allCases where function != .not {
      graph.addOutput(function.rawValue, try graph.add(Unary(function), x))
    }
    let numbers: [Binary.Function] = [
      .add, .subtract, .multiply, .divide, .power, .remainder, .maximum, .minimum, .equal, .less, .lessOrEqual,
    ]
    for function in numbers { graph.addOutput("two.\(function)", try graph.add(Binary(function), x, y)) }
    let (less, same) = (try graph.add(Binary(.less), x, y), try graph.add(Binary(.equal), x, y))
    for function in [Binary.Function.and, .or, .xor] {
      graph.addOutput("truth.\(function)", try graph.add(Binary(function), less, same))
    }
    graph.addOutput("not", try graph.add(Unary(.not), less))
    graph.addOutput("select", try graph.add(Select(), less, x, y))
    try expectSame(graph, ["x": sample, "y": floats(0.5, 0.25, 1)])
  }

  let sample = floats(0.5, -0.25, 1, 0.75, 0.25, 2, shape: [2, 3])

  @Test func functionsOfIntegers() throws {
    var graph = Graph()
    let (x, y) = (graph.addInput("x", TensorType(.uint8, [3])), graph.addInput("y", TensorType(.uint8, [3])))
    let functions: [Binary.Function] = [.and, .or, .xor, .shiftLeft, .shiftRight, .modulo, .maximum]
    for function in functions { graph.addOutput("\(function)", try graph.add(Binary(function), x, y)) }
    graph.addOutput("not", try graph.add(Unary(.not), x))
    try expectSame(
      graph, ["x": Tensor([200, 7, 9] as [UInt8], shape: [3]), "y": Tensor([3, 1, 2] as [UInt8], shape: [3])])
  }

  @Test func indexing() throws {
    var graph = Graph()
    let x = graph.addInput("x", TensorType(.float32, [.symbol("N"), 3, 2]))
    let picks = constant(&graph, "picks", 2, 0, -1, 1, shape: [2, 2])
    graph.addOutput("gather", try graph.add(Gather(axis: 1), x, picks))
    graph.addOutput("top", try graph.add(TopIndices(axis: 1, count: 2, isLargest: false), x))
    graph.addOutput("sum", try graph.add(Reduce(.sum, axes: [1]), x))
    graph.addOutput("product", try graph.add(Reduce(.product, axes: [1, 2]), x))
    graph.addOutput("maximum", try graph.add(Reduce(.maximum, axes: [2]), x))
    graph.addOutput("minimum", try graph.add(Reduce(.minimum, axes: [1]), x))
    graph.addOutput("running", try graph.add(Cumulate(.sum, axis: 2, isExclusive: true, isReversed: true), x))
    try expectSame(graph, ["x": numbers([2, 3, 2])])
    try expectSame(graph, ["x": numbers([2, 3, 2])], opset: 17)
  }

  @Test func elements() throws {
    var graph = Graph()
    let x = graph.addInput("x", TensorType(.float32, [2, 3, 2]))
    let places = constant(&graph, "places", 2, 0, 1, -1, shape: [2, 1, 2])
    let updates = graph.addConstant(Constant(name: "updates", numbers([2, 1, 2], seed: 3)))
    graph.addOutput("elements", try graph.add(GatherElements(axis: 1), x, places))
    for combination in ScatterElements.Combination.allCases {
      graph.addOutput("\(combination)", try graph.add(ScatterElements(axis: 1, combination), x, places, updates))
    }
    let each = constant(&graph, "each", 2, 0, shape: [2])
    graph.addOutput("batched", try graph.add(Gather(axis: 1, batch: 1), x, each))
    graph.addOutput("determinant", try graph.add(Determinant(), graph.add(Slice(axis: 1, start: 0, count: 2), x)))
    try expectSame(graph, ["x": numbers([2, 3, 2])])
  }

  @Test func whatASetLacksIsRefused() throws {
    var graph = Graph()
    let x = graph.addInput("x", TensorType(.float32, [3]))
    let places = constant(&graph, "places", 1, shape: [1])
    let updates = graph.addConstant(Constant(name: "updates", floats(1)))
    graph.addOutput("y", try graph.add(ScatterElements(axis: 0, .maximum), x, places, updates))
    #expect(throws: ExportError.self) { try ExportedModel(graph, opset: 17) }
    var products = Graph()
    let z = products.addInput("z", TensorType(.float32, [3]))
    products.addOutput("y", try products.add(Cumulate(.product, axis: 0), z))
    #expect(throws: ExportError.self) { try ExportedModel(products) }
  }
}
