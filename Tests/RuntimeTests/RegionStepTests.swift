import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Operators that read regions of maps: their fast steps against their own evaluations, and by hand.
@Suite struct RegionStepTests {
  static let grids = Sampling.Filter.allCases.flatMap { filter in
    GridSample.Padding.allCases.flatMap { padding in
      [false, true].map { GridSample(filter, padding: padding, alignsCorners: $0) }
    }
  }

  private func sampled(_ op: GridSample, _ x: Tensor, _ grid: Tensor) throws -> Session {
    var graph = Graph()
    let (a, b) = (
      graph.addInput("x", TensorType(.float32, x.shape)), graph.addInput("grid", TensorType(.float32, grid.shape))
    )
    graph.addOutput("y", try graph.add(op, a, b))
    return Session(graph, threads: 2)
  }

  @Test(arguments: grids.indices) func gridsAgreeWithTheirEvaluation(_ index: Int) throws {
    let op = Self.grids[index]
    for map in [[7], [5, 4], [1, 6], [3, 4, 5]] {
      let places = [Int](repeating: 3, count: map.count - 1) + [29]
      let x = numbers(Shape([2, 3] + map), seed: 1)
      let scaled: [Float] = try #require(numbers(Shape([2] + places + [map.count]), seed: 2).scalars())
      let grid = Tensor(scaled.map { $0 * 2.5 }, shape: Shape([2] + places + [map.count]))
      let session = try sampled(op, x, grid)
      #expect(try session.verify(["x": x, "grid": grid], tolerance: 2e-6) == nil, "\(map)")
    }
  }

  /// A row of 10, 20, 30, 40 at places by hand: inside, at the ends, half beyond them and far away.
  @Test(
    arguments: [
      (GridSample(.linear), [10, 25, 40, 5, 20, 0], [-0.75, 0, 0.75, -1, 1, 9]),
      (GridSample(.linear, padding: .border), [10, 25, 40, 10, 40, 40], [-0.75, 0, 0.75, -1, 1, 9]),
      (GridSample(.linear, padding: .reflection), [10, 25, 40, 10, 40, 40], [-0.75, 0, 0.75, -1, 1, 1]),
      (GridSample(.linear, alignsCorners: true), [10, 25, 40, 0, 20, 0], [-1, 0, 1, -2, 1 + 1 / 3.0, 9]),
      (GridSample(.nearest), [10, 30, 40, 0, 20, 0], [-0.75, 0.1, 0.75, -1.4, -0.1, .infinity]),
      (GridSample(.nearest, padding: .reflection), [20, 10, 40, 30, 40, 30], [-1.75, -1.25, 1.25, 1.75, -3, -2.4]),
      (GridSample(.nearest, padding: .border), [10, 10, 40, 40, 10, 20], [-1.75, -1.25, 1.25, 1.75, .nan, -0.1]),
    ] as [(GridSample, [Float], [Double])])
  func placesByHand(_ op: GridSample, _ expected: [Float], _ places: [Double]) throws {
    let x = Tensor([10, 20, 30, 40] as [Float], shape: [1, 1, 4])
    let grid = Tensor(places.map { Float($0) }, shape: [1, places.count, 1])
    let y: [Float] = try #require(sampled(op, x, grid).run(["x": x, "grid": grid])["y"]?.scalars())
    for (a, b) in zip(y, expected) { #expect(abs(a - b) < 1e-4, "\(y)") }
  }

  static let regions = [
    RoiAlign(height: 3, width: 4), RoiAlign(height: 7, width: 7, scale: 0.25),
    RoiAlign(height: 2, width: 5, samples: 3, scale: 0.5, isCentered: false),
    RoiAlign(.max, height: 3, width: 2, samples: 2, isCentered: false), RoiAlign(.max, height: 2, width: 2),
  ]

  private func aligned(_ op: RoiAlign, _ x: Tensor, count: Int) throws -> Session {
    var graph = Graph()
    let operands = [
      graph.addInput("x", TensorType(.float32, x.shape)), graph.addInput("regions", float(Dimension(count), 4)),
      graph.addInput("images", TensorType(.int64, [Dimension(count)])),
    ]
    graph.addOutput("y", try graph.append(op, operands)[0])
    return Session(graph, threads: 2)
  }

  @Test(arguments: regions) func regionsAgreeWithTheirEvaluation(_ op: RoiAlign) throws {
    let x = numbers([2, 3, 9, 11], seed: 1)
    // Inside, beyond every end, of no size, turned round, far away, no numbers; the last of no image.
    let ends: [[Float]] = [
      [1, 2, 7, 6], [-9, -5, 30, 22], [4, 4, 4, 4], [8, 7, 2, 1], [1e30, 0, 2e30, 3], [0, 0, 1e9, 1e9],
      [.nan, 0, .infinity, 3], [-.infinity, 0, 3, 3], [0.3, 0.7, 40.1, 35.9], [1, 2, 7, 6],
    ]
    let inputs = [
      "x": x, "regions": Tensor(ends.flatMap { $0 }, shape: [ends.count, 4]),
      "images": Tensor([0, 1, 0, 1, 0, 1, 0, 1, 0, 2] as [Int64], shape: [ends.count]),
    ]
    let session = try aligned(op, x, count: ends.count)
    #expect(try session.verify(inputs, tolerance: 2e-6) == nil)
    let y = try #require(session.run(inputs)["y"])
    #expect(image(9, of: y).allSatisfy { $0 == 0 })
    let other = try aligned(op, x, count: ends.count).run(inputs)["y"]
    #expect(image(0, of: other) == image(0, of: y))
  }

  /// On a map that rises by one a column and ten a row, a mean is the value at the region's middle.
  @Test func meansOfASlope() throws {
    let x = Tensor((0..<80).map { Float($0 / 10 * 10 + $0 % 10) }, shape: [1, 1, 8, 10])
    let op = RoiAlign(height: 2, width: 2, scale: 0.5)
    let inputs = [
      "x": x, "regions": Tensor([4, 2, 12, 10] as [Float], shape: [1, 4]),
      "images": Tensor([Int64(0)], shape: [1]),
    ]
    // In the map: columns 1.5 to 5.5, rows 0.5 to 4.5; bins of 2 by 2.
    let y: [Float]? = try aligned(op, x, count: 1).run(inputs)["y"]?.scalars()
    #expect(y == [17.5, 19.5, 37.5, 39.5])
  }

  // MARK: Boxes

  private func suppression(_ isCentered: Bool, score: Double?) throws -> Graph {
    var graph = Graph()
    let b = Dimension.symbol("B")
    let operands = [
      graph.addInput("boxes", float(1, b, 4)), graph.addInput("scores", float(1, 2, b)),
      graph.addConstant(Constant(name: "most", Tensor([Int64(2)], shape: []))),
      graph.addConstant(Constant(name: "overlap", Tensor([Float(0.5)], shape: [1]))),
    ]
    let least = score.map { graph.addConstant(Constant(name: "score", Tensor([Float($0)], shape: []))) }
    let op = NonMaxSuppression(isCentered: isCentered, rows: 4)
    let all = try graph.append(op, operands + (least.map { [$0] } ?? []))[0]
    let count = try graph.add(Count(.notNegative), graph.add(Slice(axis: 1, start: 0, count: 1), all))
    let rows = try graph.add(LeadingRows(symbol: "found"), all, count)
    graph.addOutput("all", all)
    graph.addOutput("rows", rows)
    // A network behind the boxes: one number for each.
    let images = try graph.add(Reshape([.symbol("found")]), graph.add(Slice(axis: 1, start: 0, count: 1), rows))
    let zeros = try graph.add(
      Broadcast([.symbol("found"), 4]), graph.addConstant(Constant(name: "unit", Tensor([Float(1)], shape: [1, 1]))))
    let x = graph.addNumbers("map", [1, 3, 5, 5], seed: 1)
    let cut = try graph.add(RoiAlign(height: 2, width: 2), x, zeros, images)
    graph.addOutput("cut", try graph.add(Unary(.relu), cut))
    return graph
  }

  private let boxes: [Float] = [0, 0, 10, 10, 1, 0, 11, 10, 30, 30, 20, 20, 0, 0, 5, 10, 21, 21, 30, 30]

  /// The first two overlap by 9/11; the fourth is half of the first: not more than the limit.
  @Test(
    arguments: [
      ([0.9, 0.8, 0.7, 0.95, 0.1], [0.2, 0.3, 0.3, 0, 0], nil, [0, 0, 3, 0, 0, 0, 0, 1, 1, 0, 1, 2]),
      ([0.9, 0.8, 0.7, 0.1, 0.1], [0.2, 0.3, 0.1, 0, 0], 0.25, [0, 0, 0, 0, 0, 2, 0, 1, 1, -1, -1, -1]),
      ([0, 0, 0, 0, 0], [0, 0, 0, 0, Float.nan], 0.5, [Int64](repeating: -1, count: 12)),
    ] as [([Float], [Float], Double?, [Int64])])
  func boxesByHand(_ first: [Float], _ second: [Float], _ score: Double?, _ expected: [Int64]) throws {
    let inputs = [
      "boxes": Tensor(boxes, shape: [1, 5, 4]), "scores": Tensor(first + second, shape: [1, 2, 5]),
    ]
    let session = Session(try suppression(false, score: score), threads: 2)
    let found = try session.run(inputs)
    #expect(found["all"]?.scalars(Int64.self) == expected)
    let kept = expected.filter { $0 >= 0 }
    #expect(found["rows"]?.shape == [kept.count / 3, 3])
    #expect(found["rows"]?.scalars(Int64.self) == kept)
    #expect(found["cut"]?.shape == [kept.count / 3, 3, 2, 2])
    #expect(try session.verify(inputs) == nil)
    // Once more from the plans that are kept, and without the outputs before the count.
    #expect(try session.run(inputs, outputs: ["rows"])["rows"]?.scalars(Int64.self) == kept)
    #expect(try session.run(inputs)["all"]?.scalars(Int64.self) == expected)
  }

  @Test func centredBoxesAreThoseOfTheirCorners() throws {
    let centred: [Float] = stride(from: 0, to: boxes.count, by: 4).flatMap { i -> [Float] in
      let (y, x) = ((boxes[i] + boxes[i + 2]) / 2, (boxes[i + 1] + boxes[i + 3]) / 2)
      return [x, y, abs(boxes[i + 3] - boxes[i + 1]), abs(boxes[i + 2] - boxes[i])]
    }
    let scores = Tensor([0.9, 0.8, 0.7, 0.95, 0.1, 0.2, 0.3, 0.3, 0, 0] as [Float], shape: [1, 2, 5])
    let corners = try Session(suppression(false, score: 0.15))
      .run(["boxes": Tensor(boxes, shape: [1, 5, 4]), "scores": scores])["rows"]
    let centres = try Session(suppression(true, score: 0.15))
      .run(["boxes": Tensor(centred, shape: [1, 5, 4]), "scores": scores])["rows"]
    #expect(corners?.scalars(Int64.self) == centres?.scalars(Int64.self))
    #expect(corners?.shape == [4, 3])
  }

  /// A symbol that two nodes give different numbers is an error of the input, not a crash.
  @Test func contradictingCountsAreRefused() throws {
    var graph = Graph()
    let x = graph.addInput("x", float(5, 2))
    for (index, count) in [Int64(2), 3].enumerated() {
      let number = graph.addConstant(Constant(name: "n\(index)", Tensor([count], shape: [])))
      graph.addOutput("y\(index)", try graph.add(LeadingRows(symbol: "n"), x, number))
    }
    #expect(throws: RuntimeError.self) { try Session(graph).run(["x": numbers([5, 2], seed: 1)]) }
    let found = try Session(graph).run(["x": numbers([5, 2], seed: 1)], outputs: ["y0"])
    #expect(found["y0"]?.shape == [2, 2])
  }

  @Test func whatIsRefused() {
    let (x, regions) = (float(1, 3, 8, 8), float(5, 4))
    let images = TensorType(.int64, [5])
    func isRefused(_ op: any Operator, _ operands: [TensorType]) -> Bool {
      do {
        _ = try op.resultTypes(operands)
        return false
      } catch { return true }
    }
    #expect(!isRefused(RoiAlign(height: 2, width: 2), [x, regions, images]))
    #expect(isRefused(RoiAlign(height: 0, width: 2), [x, regions, images]))
    #expect(isRefused(RoiAlign(height: 2, width: 2, samples: 1 << 13), [x, regions, images]))
    #expect(isRefused(RoiAlign(height: 2, width: 2, scale: .nan), [x, regions, images]))
    #expect(isRefused(RoiAlign(height: 2, width: 2), [x, float(5, 5), images]))
    #expect(isRefused(RoiAlign(height: 2, width: 2), [x, regions, TensorType(.int64, [4])]))
    #expect(isRefused(RoiAlign(height: 2, width: 2), [x, regions, float(5)]))
    #expect(!isRefused(GridSample(.linear), [x, float(1, 2, 2, 2)]))
    #expect(isRefused(GridSample(.linear), [x, float(1, 2, 2, 3)]))
    #expect(isRefused(GridSample(.linear), [x, float(2, 2, 2, 2)]))
    #expect(isRefused(GridSample(.linear), [float(1, 3), float(1, 0)]))
    #expect(isRefused(LeadingRows(symbol: "n"), [x, float(1)]))
    #expect(isRefused(LeadingRows(symbol: "n"), [x, TensorType(.int64, [2])]))
    #expect(throws: TypeError.self) { try LeadingRows(attributes: Attributes(["symbol": .dimensions([3])])) }
  }

  @Test func attributesAreReadBack() throws {
    for op in Self.grids { #expect(try GridSample(attributes: op.attributes).attributes == op.attributes) }
    for op in Self.regions { #expect(try RoiAlign(attributes: op.attributes).attributes == op.attributes) }
    let rows = LeadingRows(symbol: "n")
    #expect(try LeadingRows(attributes: rows.attributes).attributes == rows.attributes)
    let boxes = NonMaxSuppression(isCentered: true, rows: .symbol("N") * 7)
    #expect(try NonMaxSuppression(attributes: boxes.attributes).attributes == boxes.attributes)
  }
}
