import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Windows of maps: what they hold, that merging undoes partitioning, and that fused steps give the same bits.
@Suite struct WindowTests {
  static let windowings = [
    Windowing(window: [3, 3]), Windowing(window: [2, 5]), Windowing(window: [4, 3], shift: [2, 1]),
    Windowing(window: [4, 4], shift: [2, 2], order: .shiftFirst), Windowing(window: [2, 2], scan: .columns),
    Windowing(window: [7, 7], shift: [3, 3], shiftsOnlyLargerMaps: true), Windowing(window: [1, 1]),
    Windowing(window: [3, 6], shift: [0, 3], order: .shiftFirst),
  ]

  private func network(_ windowing: Windowing, residual: Bool) throws -> Graph {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), .symbol("H"), .symbol("W"), 17))
    let (gamma, beta) = (graph.addNumbers("gamma", [17], seed: 2), graph.addNumbers("beta", [17], seed: 3))
    let normed = try graph.add(LayerNorm(epsilon: 1e-5), x, gamma, beta)
    let windows = try graph.add(WindowPartition(windowing), normed)
    let map = graph.type(of: x).dimensions
    let merged = try graph.add(WindowMerge(windowing, height: map[1], width: map[2]), windows)
    graph.addOutput("y", residual ? try graph.add(Binary(.add), x, merged) : merged)
    graph.setTap("normed", normed)
    graph.setTap("windows", windows)
    graph.setTap("merged", merged)
    return graph
  }

  @Test(arguments: KernelSet.available, windowings)
  func mergingUndoesPartitioning(_ kernels: KernelSet, _ windowing: Windowing) throws {
    for (h, w) in [(8, 9), (7, 7), (2, 3), (1, 1), (13, 4)] {
      let input = ["x": numbers([2, h, w, 17], seed: h)]
      for residual in [false, true] {
        let session = Session(try network(windowing, residual: residual), threads: 2, kernels: kernels)
        #expect(try session.verify(input, tolerance: 1e-5) == nil)
        let fused: [Float]? = try session.run(input)["y"]?.scalars()
        let single = try session.run(input, outputs: session.outputNames)
        #expect(fused != nil && fused == single["y"]?.scalars())
        #expect(single["merged"]?.scalars(Float.self) == single["normed"]?.scalars(Float.self))
      }
    }
  }

  private func values(_ windowing: Windowing, _ h: Int, _ w: Int) throws -> [Float] {
    var graph = Graph()
    let x = graph.addInput("x", float(1, Dimension(h), Dimension(w), 1))
    graph.addOutput("y", try graph.add(WindowPartition(windowing), x))
    let map = Tensor((1...h * w).map(Float.init), shape: [1, h, w, 1])
    return try Session(graph).run(["x": map])["y"]?.scalars() ?? []
  }

  /// A map of 1 2 3 / 4 5 6 / 7 8 9, by hand.
  @Test func whatWindowsHold() throws {
    #expect(
      try values(Windowing(window: [2, 2]), 3, 3) == [1, 2, 4, 5, 3, 0, 6, 0, 7, 8, 0, 0, 9, 0, 0, 0])
    #expect(
      try values(Windowing(window: [2, 2], scan: .columns), 3, 3) == [1, 4, 2, 5, 3, 6, 0, 0, 7, 0, 8, 0, 9, 0, 0, 0])
    #expect(
      try values(Windowing(window: [2, 2], shift: [1, 1], order: .shiftFirst), 3, 3)
        == [5, 6, 8, 9, 4, 0, 7, 0, 2, 3, 0, 0, 1, 0, 0, 0])
    #expect(
      try values(Windowing(window: [2, 2], shift: [1, 1], order: .padFirst), 3, 3)
        == [5, 6, 8, 9, 0, 4, 0, 7, 0, 0, 2, 3, 0, 0, 0, 1])
    #expect(try values(Windowing(window: [2, 2], shift: [1, 1], shiftsOnlyLargerMaps: true), 2, 2) == [1, 2, 3, 4])
    #expect(try values(Windowing(window: [2, 2], shift: [1, 1]), 2, 2) == [4, 3, 2, 1])
  }

  private func mask(_ windowing: Windowing, _ grid: [Dimension]) throws -> [Float] {
    var graph = Graph()
    graph.addOutput("y", try graph.append(WindowMask(windowing, grid: grid, value: -9), [])[0])
    return try Session(graph).run([:])["y"]?.scalars() ?? []
  }

  /// Of a map of 1x4 in windows of 1x2, shifted by one, only the last window joins the map's two ends.
  @Test func masksKeepTheEndsApart() throws {
    let windowing = Windowing(window: [1, 2], shift: [0, 1])
    #expect(try mask(windowing, [1, 2]) == [0, 0, 0, 0, 0, -9, -9, 0])
    #expect(try mask(windowing, [2, 1]) == [0, -9, -9, 0, 0, -9, -9, 0])
    let unshifted = Windowing(window: [1, 2], shift: [0, 1], shiftsOnlyLargerMaps: true)
    #expect(try mask(unshifted, [2, 1]) == [0, 0, 0, 0, 0, 0, 0, 0])
  }

  /// Positions 0 and 1 of a window of 1x2: differences -1, 0, 1 stand in the table in this order.
  @Test func relativePositions() throws {
    var graph = Graph()
    let table = graph.addInput("table", float(3, 2))
    graph.addOutput("y", try graph.add(RelativePositions(window: [1, 2]), table))
    let result = try Session(graph).run(["table": Tensor([1, 10, 2, 20, 3, 30] as [Float], shape: [3, 2])])
    #expect(result["y"]?.scalars() == [2, 1, 3, 2, 20, 10, 30, 20] as [Float])
  }

  /// A table whose extents tell the window, open or fixed.
  @Test func relativePositionsOfATablesOwnWindow() throws {
    let numbers = numbers([3, 5, 2], seed: 3)
    func bias(_ table: Tensor, _ op: RelativePositions, _ sizes: [Dimension] = []) throws -> [Float]? {
      var graph = Graph()
      _ = graph.addInput("like", float(.symbol("H"), .symbol("W")))
      var value = graph.addConstant(Constant(name: "table", table))
      // Sizes of which the operator knows no more than the symbols.
      if !sizes.isEmpty { value = try graph.add(Resize(sizes: sizes, sampling: Sampling(.linear)), value) }
      graph.addOutput("y", try graph.add(op, value))
      return try Session(graph).run(["like": Tensor([Float](repeating: 0, count: 6), shape: [2, 3])])["y"]?.scalars()
    }
    let flat = try #require(numbers.reshaped([15, 2]))
    let expected = try bias(flat, RelativePositions(window: [2, 3]))
    #expect(expected?.count == 72)
    #expect(try bias(numbers, RelativePositions()) == expected)
    let open: [Dimension] = [.symbol("H") * 2 - 1, .symbol("W") * 2 - 1, 2]
    #expect(try bias(numbers, RelativePositions(), open) == expected)
  }

  @Test(arguments: KernelSet.available) func masksThatAreMostlyEmpty(_ kernels: KernelSet) throws {
    var graph = Graph()
    let windowing = Windowing(window: [3, 3], shift: [1, 1])
    let x = graph.addInput("x", float(.symbol("N"), 9, 9, 10))
    let bias = graph.addNumbers("bias", [2, 9, 9], seed: 4)
    let mask = try graph.add(
      Reshape([9, 1, 9, 9]), graph.append(WindowMask(windowing, grid: [3, 3], value: -9), [])[0])
    let grid = graph.type(of: x).dimensions[0]
    let tokens = try graph.add(Reshape([grid, 9, 9, 10]), x)
    let op = Attention(heads: 2, scale: 0.5)
    graph.addOutput("y", try graph.append(op, [tokens, tokens, tokens, bias, mask])[0])
    let session = Session(graph, threads: 2, kernels: kernels)
    #expect(try session.verify(["x": numbers([2, 9, 9, 10], seed: 1)], tolerance: 1e-5) == nil)
  }

  @Test(arguments: [[0, 0, 2, 1], [1, 0, 0, 3], [0, 1, 0, 0], [0, 0, 0, 0]])
  func padding(_ pads: [Int]) throws {
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 3, .symbol("H"), .symbol("W")))
    let op = Pad(before: [0, 0] + pads.prefix(2), after: [0, 0] + pads.suffix(2).map { Dimension($0) }, value: 0.5)
    let padded = try graph.add(op, x)
    graph.addOutput("y", try graph.add(Unary(.tanh), padded))
    graph.addOutput("padded", padded)
    #expect(try Session(graph, threads: 2).verify(["x": numbers([2, 3, 5, 4], seed: 1)], tolerance: 1e-6) == nil)
  }

  @Test func refusals() {
    func refusal(_ op: any Operator, _ operands: TensorType...) -> String {
      do {
        return "\(try op.resultTypes(operands))"
      } catch {
        return "\(error)"
      }
    }
    let map = float(.symbol("N"), 8, 8, 4)
    #expect(
      refusal(WindowPartition(Windowing(window: [0, 3])), map)
        == "windowPartition: attribute window must be two integers from 1 to 4096, but is [0, 3]")
    #expect(
      refusal(WindowPartition(Windowing(window: [4, 4], shift: [4, 0])), map)
        == "windowPartition: attribute shift must be two integers from 0 to below [4, 4], but is [4, 0]")
    #expect(
      refusal(WindowPartition(Windowing(window: [4, 4])), float(8, 8, 4))
        == "windowPartition: x must have rank 4, but is f32 [8, 8, 4]")
    #expect(
      refusal(WindowMerge(Windowing(window: [4, 4]), height: 9, width: 8), float(1, 4, 16, 3))
        == "windowMerge: axis 1 of x must be 6, but x is f32 [1, 4, 16, 3]")
    #expect(
      refusal(WindowMask(Windowing(window: [4, 4]), grid: [1], value: 0))
        == "windowMask: attribute grid must be two dimensions, but is [1]")
    #expect(
      refusal(RelativePositions(window: [2, 2]), float(8, 3))
        == "relativePositions: axis 0 of table must be 9, but table is f32 [8, 3]")
    #expect(
      refusal(RelativePositions(), float(3, 4, 2))
        == "relativePositions: axis 1 of table must be 3, but table is f32 [3, 4, 2]")
    #expect(
      refusal(Pad(before: [0], after: [-1]), float(3))
        == "pad: attribute after must be 1 extents that are not negative, but is [-1]")
  }

  @Test(arguments: windowings) func settingsComeBack(_ windowing: Windowing) throws {
    let partition = WindowPartition(windowing)
    #expect(try WindowPartition(attributes: partition.attributes).windowing == windowing)
    let merge = WindowMerge(windowing, height: .symbol("H"), width: 3)
    #expect(try WindowMerge(attributes: merge.attributes).isEqual(to: merge))
    let mask = WindowMask(windowing, grid: [.symbol("H"), 3], value: -100)
    #expect(try WindowMask(attributes: mask.attributes).isEqual(to: mask))
  }
}
