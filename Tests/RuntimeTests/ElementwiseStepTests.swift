import Graph
import Runtime
import Tensors
import Testing

/// Fast steps of functions of one and two numbers against the operators' own evaluations.
@Suite struct ElementwiseStepTests {
  @Test(arguments: Unary.Function.allCases.filter { $0 != .not }) func ofOne(_ function: Unary.Function) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 7))
    // 1 and above, where all are defined but those of numbers between -1 and 1.
    let shift: Float = [.asin, .acos, .atanh].contains(function) ? 0 : 2.25
    graph.addOutput("y", try graph.add(Unary(function), x))
    let values = numbers([5, 7], seed: 3)
    let shifted = Tensor((values.scalars() ?? [Float]()).map { $0 * 0.99 + shift }, shape: [5, 7])
    let outputs = try Session(graph, threads: 2).run(["x": shifted])
    #expect(outputs["y"]?.shape == [5, 7])
    // A few units in the last place of numbers up to tan's 30.
    #expect(try Session(graph, threads: 2).verify(["x": shifted], tolerance: 2e-6) == nil)
  }

  static let functions: [Binary.Function] = [
    .add, .subtract, .multiply, .divide, .power, .modulo, .remainder, .maximum, .minimum, .equal, .less, .lessOrEqual,
  ]

  @Test(arguments: functions, [([7], [5, 7]), ([5, 1], [5, 7]), ([5, 7], [1])] as [(Shape, Shape)])
  func ofTwo(_ function: Binary.Function, _ shapes: (Shape, Shape)) throws {
    var graph = Graph()
    let x = graph.addInput("x", TensorType(.float32, shapes.0))
    let y = graph.addInput("y", TensorType(.float32, shapes.1))
    graph.addOutput("z", try graph.add(Binary(function), x, y))
    func positive(_ shape: Shape, _ seed: Int) -> Tensor {
      let values = numbers(shape, seed: seed).scalars() ?? [Float]()
      // Eighths, so that quotients' remainders are exact and some numbers are equal.
      return Tensor(values.map { ($0 * 8).rounded() / 8 + 1.5 }, shape: shape)
    }
    let inputs = ["x": positive(shapes.0, 1), "y": positive(shapes.1, 2)]
    #expect(try Session(graph, threads: 2).verify(inputs, tolerance: 1e-6) == nil)
    #expect(try Session(graph, threads: 2).run(inputs)["z"]?.type == (function.isComparison ? .bool : .float32))
  }

  @Test(arguments: [Binary.Function.maximum, .minimum]) func whatIsNotANumberIsKept(_ function: Binary.Function) throws
  {
    var graph = Graph()
    let (x, y) = (graph.addInput("x", float(3)), graph.addInput("y", float(3)))
    graph.addOutput("z", try graph.add(Binary(function), x, y))
    let inputs = ["x": Tensor([Float.nan, 1, 2], shape: [3]), "y": Tensor([1, Float.nan, 3], shape: [3])]
    let result = try #require(try Session(graph, threads: 1).run(inputs)["z"]?.scalars(Float.self))
    #expect(result.map(\.isNaN) == [true, true, false])
  }
}

/// Fast steps of reductions and choices against the operators' own evaluations.
@Suite struct ReductionStepTests {
  @Test(arguments: Reduce.Function.allCases, [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]])
  func reductions(_ function: Reduce.Function, _ axes: [Int]) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 9, 70))
    graph.addOutput("y", try graph.add(Reduce(function, axes: axes), x))
    // Near 1, so that products of thousands stay in range.
    let values = (numbers([3, 9, 70], seed: 5).scalars() ?? [Float]()).map { 1 + $0 * 0.02 }
    let inputs = ["x": Tensor(values, shape: [3, 9, 70])]
    // Both take sums in double precision: they differ by one rounding at most.
    #expect(try Session(graph, threads: 2).verify(inputs, tolerance: 1e-6) == nil)
  }

  @Test func whatIsNotANumberIsTheLargest() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(2, 3))
    graph.addOutput("rows", try graph.add(Reduce(.maximum, axes: [1]), x))
    graph.addOutput("columns", try graph.add(Reduce(.minimum, axes: [0]), x))
    let values = Tensor([Float.nan, 1, 2, 3, 4, 5], shape: [2, 3])
    let outputs = try Session(graph, threads: 1).run(["x": values])
    #expect(outputs["rows"]?.scalars(Float.self)?.map(\.isNaN) == [true, false])
    #expect(outputs["columns"]?.scalars(Float.self)?.map(\.isNaN) == [true, false, false])
  }

  static let shapes: [(Shape, Shape, Shape)] = [
    ([4, 3, 70], [4, 3, 70], [4, 3, 70]), ([3, 1], [4, 3, 70], []), ([4, 1, 70], [1], [3, 70]),
    ([70], [4, 3, 1], [4, 3, 70]),
  ]

  @Test(arguments: shapes) func choices(_ condition: Shape, _ first: Shape, _ second: Shape) throws {
    var graph = Graph()
    let c = graph.addInput("c", TensorType(.bool, condition))
    let (a, b) = (graph.addInput("a", TensorType(.float32, first)), graph.addInput("b", TensorType(.float32, second)))
    graph.addOutput("y", try graph.add(Select(), c, a, b))
    let truths = Tensor(type: .bool, shape: condition) { bytes in
      for place in bytes.indices { bytes[place] = place * 7 % 3 == 0 ? 1 : 0 }
    }
    let inputs = ["c": truths, "a": numbers(first, seed: 1), "b": numbers(second, seed: 2)]
    #expect(try Session(graph, threads: 2).verify(inputs, tolerance: 0) == nil)
  }
}
