import Graph
import Tensors
import Testing

/// What keeps images of one batch apart: operators, and the networks that are made of others with them.
@Suite struct PaddedNetworkTests {
  private let x = TensorType(.float32, [.symbol("N"), .symbol("h"), .symbol("w"), 2])
  private let extents = TensorType(.int64, [.symbol("N"), 2])

  // MARK: Operators

  @Test func ownParts() throws {
    let map = Tensor((1...24).map { Float($0) }, shape: [2, 2, 3, 2])
    let own = Tensor([1, 2, 9, 1] as [Int64], shape: [2, 2])
    #expect(
      try evaluate(OwnPart(), map, own).numbers
        == [1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 13, 14, 0, 0, 0, 0, 19, 20, 0, 0, 0, 0])
    #expect(try evaluate(OwnMean(), map, own).numbers == [2, 3, 16, 17])
    let none = Tensor([0, 3, -5, Int64.min] as [Int64], shape: [2, 2])
    #expect(try evaluate(OwnPart(), map, none).numbers.allSatisfy { $0 == 0 })
    #expect(try evaluate(OwnMean(), map, none).numbers == [0, 0, 0, 0])
    let all = Tensor([2, 3, Int64.max, Int64.max] as [Int64], shape: [2, 2])
    #expect(try evaluate(OwnPart(), map, all).numbers == map.numbers)
  }

  @Test func operatorRefusals() {
    #expect(refusal(OwnPart(), x, extents) == "accepted: [f32 [N, h, w, 2]]")
    #expect(refusal(OwnMean(), x, extents) == "accepted: [f32 [N, 1, 2]]")
    for op in [OwnPart(), OwnMean()] as [any Operator] {
      let name = op.identifier
      #expect(refusal(op, x) == "\(name): 2 operands expected, 1 found")
      #expect(
        refusal(op, TensorType(.float32, [2, 3]), extents) == "\(name): x must have rank 4, but is f32 [2, 3]")
      #expect(
        refusal(op, x, TensorType(.int64, [3, 2])) == "\(name): axis 0 of extents must be N, but extents is i64 [3, 2]")
      #expect(
        refusal(op, x, TensorType(.float32, [.symbol("N"), 2]))
          == "\(name): extents must hold i64, but is f32 [N, 2]")
    }
    let shifted = Windowing(window: [2, 2], shift: [1, 1], order: .shiftFirst)
    let mask = OwnWindowMask(WindowMask(shifted, grid: [2, 2], value: -100))
    #expect(refusal(mask, extents).contains("attribute order must be padFirst"))
  }

  @Test func settingsSurviveTheirAttributes() throws {
    let windowing = Windowing(window: [4, 3], shift: [2, 1])
    let mask = OwnWindowMask(WindowMask(windowing, grid: [.symbol("h"), 3], value: -7))
    #expect(try OwnWindowMask(attributes: mask.attributes).attributes == mask.attributes)
    // No file holds them.
    for op in [OwnPart(), OwnMean(), mask] as [any Operator] {
      #expect(try OperatorCatalog.decode(op.identifier, op.attributes) == nil)
    }
  }

  /// Two positions of an image see each other in a batch's windows exactly where they do in the windows that the image
  /// has alone, and see nothing else.
  @Test(arguments: [[0, 0], [2, 1], [3, 0]]) func masksOfShiftedWindows(_ shift: [Int]) throws {
    let windowing = Windowing(window: [4, 3], shift: shift)
    let grid = [3, 4]
    let grids = (1...3).flatMap { rows in (1...4).map { [rows, $0] } }
    let windows = Tensor(grids.flatMap { $0.map { Int64($0) } }, shape: [grids.count, 2])
    let both = OwnWindowMask(WindowMask(windowing, grid: grid.map { Dimension($0) }, value: -100))
    let masks = try evaluate(both, windows)
    #expect(masks.shape == [12, 3, 4, 1, 12, 12])
    let each = masks.shape.count(1..<6)
    for (image, own) in grids.enumerated() {
      let batch = pairs(windowing, grid, Array(masks.numbers[image * each..<(image + 1) * each]))
      let alone = pairs(
        windowing, own, try evaluate(WindowMask(windowing, grid: own.map { Dimension($0) }, value: -100)).numbers)
      let isOwn = { (place: [Int]) in place[0] < own[0] * 4 && place[1] < own[1] * 3 }
      #expect(batch.filter { isOwn($0[0]) || isOwn($0[1]) } == alone, "\(own)")
    }
  }

  /// Positions of the widened map that see each other.
  private func pairs(_ windowing: Windowing, _ grid: [Int], _ mask: [Double]) -> Set<[[Int]]> {
    let (height, width) = (grid[0] * windowing.window[0], grid[1] * windowing.window[1])
    let sources = windowing.sources(height: height, width: width)
    var pairs: Set<[[Int]]> = []
    for (index, value) in mask.enumerated() where value == 0 {
      let (window, row, column) = (index / 144, index / 12 % 12, index % 12)
      let (one, other) = (sources[window * 12 + row], sources[window * 12 + column])
      pairs.insert([[one / width, one % width], [other / width, other % width]])
    }
    return pairs
  }

  // MARK: Networks

  private func network(
    _ body: (inout Graph, ValueID) throws -> ValueID, width: Dimension = .symbol("W")
  ) throws -> Graph {
    var graph = Graph()
    let input = graph.addInput("input", TensorType(.float32, [.symbol("N"), 2, .symbol("H"), width]))
    graph.addOutput("y", try body(&graph, input))
    return graph
  }

  private func answer(_ network: Graph) -> String {
    do {
      _ = try PaddedNetwork(network)
      return "accepted"
    } catch { return "\(error)" }
  }

  private func constant(_ name: String, _ shape: Shape, in graph: inout Graph) -> ValueID {
    graph.addConstant(Constant(name: name, numbers(shape)))
  }

  @Test func nothingElseChanges() throws {
    let graph = try network { graph, input in
      let last = try graph.add(Transpose([0, 2, 3, 1]), input)
      return try graph.add(DepthwiseConv(), last, constant("w", [2, 1, 3, 3], in: &graph))
    }
    let padded = try PaddedNetwork(graph)
    #expect(listing(padded.graph) == ["transpose permutation=[0, 2, 3, 1]", "ownPart", "depthwiseConv"])
    #expect(padded.graph.firstViolation(keeping: Interface(of: padded.graph)) == nil)
    #expect(try padded.extents(of: [(4, 5), (6, 3)]) == ["own.0": [4, 5, 6, 3]])
    #expect(padded.shape(of: "y", height: 4, width: 5) == [1, 4, 5, 2])
    #expect(padded.shape(of: "z", height: 4, width: 5) == nil)
    let none = try PaddedNetwork(network { try $0.add(Unary(.relu), $1) })
    #expect(try none.extents(of: [(4, 5)]).isEmpty)
    #expect(none.graph.nodeCount == 1)
  }

  @Test func routersTakeTheMeanOfTheOwnPart() throws {
    func routed(_ graph: inout Graph, _ tokens: ValueID) throws -> ValueID {
      try graph.add(
        Router(), tokens, constant("w1", [3, 2], in: &graph), constant("b1", [3], in: &graph),
        constant("w2", [4, 3], in: &graph), constant("b2", [4], in: &graph), constant("s", [2], in: &graph))
    }
    let count = Dimension.symbol("H") * .symbol("W")
    let graph = try network { graph, input in
      let last = try graph.add(Transpose([0, 2, 3, 1]), input)
      let tokens = try graph.add(Reshape([.symbol("N"), count, 2]), last)
      return try routed(&graph, graph.add(Unary(.relu), tokens))
    }
    let padded = try PaddedNetwork(graph)
    let operators = padded.graph.orderedNodes().map(\.op.identifier)
    #expect(operators.suffix(3) == ["reshape", "ownMean", "router"])
    #expect(padded.graph.firstViolation(keeping: Interface(of: padded.graph)) == nil)
    let unknown = try network { graph, input in
      let tokens = try graph.add(Reshape([.symbol("N"), count, 2]), graph.add(Transpose([0, 2, 3, 1]), input))
      return try routed(&graph, graph.add(Slice(axis: 1, start: 0, count: 1), tokens))
    }
    #expect(answer(unknown) == "router reads tokens of no known map")
  }

  @Test func whatReadsWholeMapsIsRefused() throws {
    let text = "reads maps beyond an image's own part, which padding would change"
    #expect(answer(try network { try $0.add(AdaptivePool(sizes: [1, 1]), $1) }) == "adaptivePool \(text)")
    #expect(answer(try network { try $0.add(Mean(axis: 2), $1) }) == "mean \(text)")
    let overlapping = try network { graph, input in
      try graph.add(Conv2d(strides: [1, 1], padding: [1, 1]), input, constant("w", [2, 2, 3, 3], in: &graph))
    }
    #expect(answer(overlapping) == "conv2d \(text)")
    let patches = try network { graph, input in
      try graph.add(Conv2d(strides: [3, 3]), input, constant("w", [2, 2, 3, 3], in: &graph))
    }
    #expect(answer(patches) == "accepted")
    for order in [Windowing.Order.shiftFirst, .padFirst] {
      let shifted = try network { graph, input in
        let last = try graph.add(Transpose([0, 2, 3, 1]), input)
        return try graph.add(WindowPartition(Windowing(window: [4, 4], shift: [2, 2], order: order)), last)
      }
      #expect(answer(shifted) == (order == .padFirst ? "accepted" : "windowPartition \(text)"))
    }
    let attention = try network { graph, input in
      let tokens = try graph.add(Reshape([.symbol("N"), .symbol("H") * .symbol("W"), 2]), input)
      return try graph.append(Attention(heads: 1, scale: 1), [tokens, tokens, tokens])[0]
    }
    #expect(answer(attention) == "attention \(text)")
    let widened = try network { graph, input in
      try graph.add(Pad(before: [0, 0, 1, 0], after: [0, 0, 0, 0]), input)
    }
    #expect(answer(widened) == "pad \(text)")
  }

  @Test func otherInputsAreRefused() throws {
    let fixed = try network({ try $0.add(Unary(.relu), $1) }, width: 8)
    #expect(answer(fixed) == "images of any extents expected, f32 [N, 2, H, 8] found")
    var two = try network { try $0.add(Unary(.relu), $1) }
    _ = two.addInput("other", TensorType(.float32, [1]))
    #expect(answer(two) == "one input of images expected, input, other found")
  }
}
