import Graph
import Runtime
import Tensors
import Testing

/// Values without elements, which a file may state.
@Suite struct EmptyTests {
  @Test func sumsOfNothingAreZero() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(2, 0, 3))
    let shifted = try graph.add(
      Binary(.add), x, graph.addConstant(Constant(name: "w", Tensor([1 as Float], shape: [1]))))
    graph.addOutput("shifted", shifted)
    graph.addOutput("sum", try graph.add(Reduce(.sum, axes: [1]), shifted))
    let outputs = try Session(graph, threads: 1).run(["x": Tensor([Float](), shape: [2, 0, 3])])
    #expect(outputs["shifted"]?.shape == [2, 0, 3])
    #expect(outputs["sum"]?.scalars() == [Float](repeating: 0, count: 6))
  }

  @Test func joinedWithNothing() throws {
    var graph = Graph()
    let (x, y) = (graph.addInput("x", float(0, 2)), graph.addInput("y", float(1, 2)))
    graph.addOutput("z", try graph.append(Concat(axis: 0), [x, y])[0])
    graph.addOutput("empty", try graph.append(Concat(axis: 1), [x, x])[0])
    let outputs = try Session(graph, threads: 1).run([
      "x": Tensor([Float](), shape: [0, 2]), "y": Tensor([1, 2] as [Float], shape: [1, 2]),
    ])
    #expect(outputs["z"]?.scalars() == [1, 2] as [Float])
    #expect(outputs["empty"]?.shape == [0, 4])
  }

  @Test func openExtentsAreAtLeastOne() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 2))
    graph.addOutput("y", try graph.add(Unary(.relu), x))
    #expect(throws: RuntimeError.self) {
      try Session(graph, threads: 1).run(["x": Tensor([Float](), shape: [0, 2])])
    }
  }

  @Test func fewOperatorsMakeSomethingOfNothing() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(1, 0, 4))
    graph.addOutput(
      "y", try graph.add(Gather(axis: 1), x, graph.addConstant(Constant(name: "i", Tensor([0 as Int64], shape: [1])))))
    #expect(throws: RuntimeError.self) {
      try Session(graph, threads: 1).run(["x": Tensor([Float](), shape: [1, 0, 4])])
    }
  }
}
