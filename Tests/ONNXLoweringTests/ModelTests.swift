import Graph
import ONNX
import Tensors
import Testing

/// What a lowered model says about itself: symbols, names, initializers, functions.
@Suite struct ModelTests {
  @Test func theFirstLeadingExtentIsTheBatch() throws {
    func types(_ inputs: [(String, [ONNXValue.Extent])]) throws -> [String] {
      let graph = try LoweredModel(model([onnx("Relu", [inputs[0].0])], inputs)).graph
      return graph.inputs.map { "\($0.name) \(graph.type(of: $0.value))" }
    }
    #expect(try types([("pixel values", [.symbol("batch size"), .known(3)])]) == ["pixel values f32 [N, 3]"])
    #expect(try types([("x", [.unknown, .unknown, .symbol("12/h")])]) == ["x f32 [N, x_1, d12_h]"])
    #expect(try types([("x", [.known(2), .symbol("batch")])]) == ["x f32 [2, batch]"])
    #expect(
      try types([("x", [.symbol("b"), .symbol("N")]), ("z", [.symbol("b"), .symbol("n"), .symbol("N")])])
        == ["x f32 [N, N_2]", "z f32 [N, n, N_2]"])
  }

  @Test func everyInitializerIsAccountedFor() throws {
    let nodes = [
      onnx("MatMul", ["x", "w"], ["m"]), onnx("Add", ["b", "m"], ["linear"]),
      onnx("Reshape", ["linear", "t"]),
      onnx("Mul", ["linear", "dead"], ["nowhere"]),
    ]
    let initializers = [
      "w": numbers([2, 3]), "b": numbers([3]), "t": integers(-1, 1, 3), "dead": numbers([3]),
      "odd": numbers([1]),
    ]
    let lowered = try LoweredModel(model(nodes, [("x", [.symbol("n"), .known(2)])], initializers))
    #expect(lowered.account.read == ["b", "w"])
    #expect(lowered.account.unused.map(\.name) == ["dead", "odd", "t"])
    #expect(lowered.account.unused.map(\.reason) == [.unneeded, .unread, .folded])
    #expect(lowered.graph.constants.keys.sorted() == ["b", "w"])
  }

  /// The transposed weight takes the name only where the weight itself is not in the graph.
  @Test func aWeightThatIsReadInTwoWaysKeepsItsNameAsItIs() throws {
    let nodes = [
      onnx("MatMul", ["x", "w"], ["a"]), onnx("Add", ["a", "w"]),
    ]
    let lowered = try LoweredModel(model(nodes, [("x", known(2, 2))], ["w": numbers([2, 2])]))
    #expect(lowered.graph.constants.keys.sorted() == ["w", "w.transposed"])
    #expect(lowered.account.read == ["w"])
  }

  @Test func tiedWeightsAreOneConstant() throws {
    let nodes = [onnx("MatMul", ["x", "w"], ["a"]), onnx("MatMul", ["a", "w"])]
    let lowered = try LoweredModel(model(nodes, [("x", known(2, 2))], ["w": numbers([2, 2])]))
    #expect(lowered.graph.constants.keys.sorted() == ["w"])
  }

  @Test func weightsThatShareTheirBytesAreToldApart() throws {
    let shared = numbers([2, 2])
    let nodes = [onnx("MatMul", ["x", "w2"], ["a"]), onnx("MatMul", ["a", "w3"])]
    let initializers = ["w1": shared, "w2": shared, "w3": shared]
    let lowered = try LoweredModel(model(nodes, [("x", known(2, 2))], initializers))
    #expect(lowered.graph.constants.keys.sorted() == ["w2", "w3"])
    #expect(lowered.account.read == ["w2", "w3"])
    #expect(lowered.account.unused == [.init(name: "w1", reason: .unread)])
  }

  @Test func whatNoOutputNeedsIsNotLowered() throws {
    let nodes = [onnx("Sorcery", ["x"], ["z"]), onnx("Relu", ["x"])]
    #expect(try listing(model(nodes, [("x", known(2))])) == ["unary function=relu"])
  }

  @Test func outputsMayBeInputsOrConstants() throws {
    let lowered = model(
      [onnx("Relu", ["x"])], [("x", known(2))], ["w": floats(7)], outputs: ["x", "w", "y"])
    let outputs = try evaluate(LoweredModel(lowered).graph, ["x": floats(-1, 2)])
    #expect(outputs.mapValues(\.values) == ["x": [-1, 2], "w": [7], "y": [0, 2]])
  }

  // MARK: Functions

  func function(_ name: String, _ nodes: [ONNXNode]) -> ONNXFunction {
    ONNXFunction(
      domain: "own", name: name, inputs: ["a", "b"], outputs: ["c"], nodes: nodes, opsets: ["": 18, "own": 1])
  }

  @Test func functionsAreWrittenOut() throws {
    let scaled = function(
      "Scaled",
      [
        onnx("Constant", [], ["k"], ["value_float": .reference("factor")]), onnx("Mul", ["a", "k"], ["m"]),
        onnx("Add", ["m", "b"], ["c"]),
      ])
    let nodes = [
      onnx("Scaled", ["x", "x"], ["s"], domain: "own", ["factor": .float(2)]),
      onnx("Scaled", ["s", "x"], domain: "own", ["factor": .float(-1)]),
    ]
    let lowered = model(nodes, [("x", known(2))], opset: 17, opsets: ["own": 1], functions: [scaled])
    expect(try run(lowered, ["x": floats(1, 5)]), [2], [-2, -10])
  }

  @Test func functionsThatCallThemselvesAreRefused() throws {
    let endless = function("Endless", [onnx("Endless", ["a", "b"], ["c"], domain: "own")])
    let nodes = [onnx("Endless", ["x", "x"], domain: "own")]
    #expect(throws: LoweringError.self) {
      try LoweredModel(model(nodes, [("x", known(2))], opsets: ["own": 1], functions: [endless]))
    }
  }
}
