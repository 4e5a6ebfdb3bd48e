import ONNX
import Tensors
import Testing

/// Operators that move elements: what position every element comes from.
@Suite struct MovementTests {
  let x = Tensor((0..<24).map { Float($0) }, shape: [2, 3, 4])

  func moved(
    _ op: String, _ operands: [String: Tensor] = [:], _ attributes: [String: ONNXAttribute] = [:],
    opset: Int = 17,
    names: [String]? = nil
  ) throws -> Tensor {
    let names = names ?? operands.keys.sorted()
    let lowered = model(
      [onnx(op, ["x"] + names, attributes)], [("x", known(2, 3, 4))], operands, opset: opset)
    return try run(lowered, ["x": x])
  }

  @Test func transpose() throws {
    let exchanged = (0..<24).map { (i: Int) -> Double in Double(i / 4 % 2 * 12 + i / 8 * 4 + i % 4) }
    expect(try moved("Transpose", [:], ["perm": .ints([1, 0, 2])]), [3, 2, 4], exchanged)
    let reversed = (0..<24).map { (i: Int) -> Double in Double(i % 2 * 12 + i / 2 % 3 * 4 + i / 6) }
    expect(try moved("Transpose"), [4, 3, 2], reversed)
  }

  @Test(
    arguments: [
      ([6, 4], [6, 4]), ([-1, 4], [6, 4]), ([0, -1], [2, 12]), ([0, 0, 2, -1], [2, 3, 2, 2]), ([24], [24]),
    ] as [([Int64], [Int])])
  func reshape(_ target: [Int64], _ shape: [Int]) throws {
    let found = try moved("Reshape", ["t": Tensor(target, shape: Shape([target.count]))])
    expect(found, Shape(shape), x.values)
  }

  @Test func reshapeToZeroWhereZeroIsMeant() throws {
    let lowered = model(
      [onnx("Slice", ["x", "from", "to"], ["e"]), onnx("Reshape", ["e", "t"], ["allowzero": .int(1)])],
      [("x", known(2, 3))], ["from": integers(2), "to": integers(.max), "t": integers(3, 0)])
    expect(try run(lowered, ["x": numbers([2, 3])]), [3, 0], [])
  }

  @Test(
    arguments: [(0, [1, 24]), (1, [2, 12]), (2, [6, 4]), (3, [24, 1]), (-1, [6, 4])] as [(Int64, [Int])])
  func flatten(_ axis: Int64, _ shape: [Int]) throws {
    expect(try moved("Flatten", [:], ["axis": .int(axis)]), Shape(shape), x.values)
  }

  @Test func squeezeAndUnsqueezeInBothForms() throws {
    for opset in [11, 13] {
      let old = opset < 13
      let nodes = [
        onnx("Unsqueeze", old ? ["x"] : ["x", "a"], ["u"], old ? ["axes": .ints([0, -1])] : [:]),
        onnx("Squeeze", old ? ["u"] : ["u", "b"], ["v"], old ? ["axes": .ints([0])] : [:]),
        onnx("Squeeze", ["u"], ["w"]),
      ]
      let lowered = model(
        nodes, [("x", known(2, 3))], old ? [:] : ["a": integers(0, -1), "b": integers(0)],
        outputs: ["u", "v", "w"], opset: opset)
      let input = numbers([2, 3])
      expect(try run(lowered, ["x": input], output: "u"), [1, 2, 3, 1], input.values)
      expect(try run(lowered, ["x": input], output: "v"), [2, 3, 1], input.values)
      expect(try run(lowered, ["x": input], output: "w"), [2, 3], input.values)
    }
  }

  @Test(
    arguments: [
      ([1], [3], [1], [2, 2, 4]), ([-2], [.max], [2], [2, 3, 2]), ([0], [-1], [-2], [2, 2, 4]),
      ([.min], [2], [1], [2, 2, 4]), ([5], [.max], [0], [0, 3, 4]), ([0, 1], [1, 2], [0, 2], [1, 3, 1]),
    ] as [([Int64], [Int64], [Int64], [Int])])
  func slice(_ starts: [Int64], _ ends: [Int64], _ axes: [Int64], _ shape: [Int]) throws {
    let bounds = axes.indices.map { index -> Range<Int> in
      let extent = [2, 3, 4][Int(axes[index] < 0 ? axes[index] + 3 : axes[index])]
      func bound(_ value: Int64) -> Int {
        max(0, min(extent, value < 0 ? (value < -100 ? 0 : Int(value) + extent) : Int(clamping: value)))
      }
      return bound(starts[index])..<bound(ends[index])
    }
    let kept = (0..<24).filter { (position: Int) -> Bool in
      axes.indices.allSatisfy { index in
        let axis = Int(axes[index] < 0 ? axes[index] + 3 : axes[index])
        return bounds[index].contains([position / 12, position / 4 % 3, position % 4][axis])
      }
    }
    let expected = kept.map { Double($0) }
    func list(_ values: [Int64]) -> Tensor { Tensor(values, shape: Shape([values.count])) }
    let operands = ["a": list(starts), "b": list(ends), "c": list(axes), "d": list(axes.map { _ in 1 })]
    expect(try moved("Slice", operands, opset: 13), Shape(shape), expected)
    let attributes: [String: ONNXAttribute] = [
      "starts": .ints(starts), "ends": .ints(ends), "axes": .ints(axes),
    ]
    expect(try moved("Slice", [:], attributes, opset: 9), Shape(shape), expected)
  }

  @Test func splitInEveryForm() throws {
    func parts(_ opset: Int, _ sizes: [Int64]?, _ attributes: [String: ONNXAttribute] = [:]) throws
      -> [Tensor]
    {
      var attributes = attributes.merging(["axis": .int(-1)]) { own, _ in own }
      if let sizes, opset < 13 { attributes["split"] = .ints(sizes) }
      let lowered = model(
        [onnx("Split", sizes == nil || opset < 13 ? ["x"] : ["x", "s"], ["p", "q"], attributes)],
        [("x", known(2, 3, 4))], ["s": Tensor(sizes ?? [], shape: Shape([sizes?.count ?? 0]))],
        outputs: ["p", "q"], opset: opset)
      return try ["p", "q"].map { try run(lowered, ["x": x], output: $0) }
    }
    func columns(_ range: Range<Int>) -> [Double] {
      (0..<24).filter { range.contains($0 % 4) }.map { Double($0) }
    }
    for opset in [11, 13, 18] {
      let uneven = try parts(opset, [1, 3])
      expect(uneven[0], [2, 3, 1], columns(0..<1))
      expect(uneven[1], [2, 3, 3], columns(1..<4))
      let even = try parts(opset, nil, opset < 18 ? [:] : ["num_outputs": .int(2)])
      expect(even[0], [2, 3, 2], columns(0..<2))
      expect(even[1], [2, 3, 2], columns(2..<4))
    }
    let rounded = try parts(18, nil, ["num_outputs": .int(2), "axis": .int(1)])
    #expect(rounded.map(\.shape) == [[2, 2, 4], [2, 1, 4]])
  }

  @Test func concatAndExpand() throws {
    let lowered = model(
      [onnx("Concat", ["x", "w"], ["axis": .int(-1)])], [("x", known(2, 1))],
      ["w": floats(5, 6, 7, 8, shape: [2, 2])])
    expect(try run(lowered, ["x": floats(1, 2, shape: [2, 1])]), [2, 3], [1, 5, 6, 2, 7, 8])
    // An extent of 1 gives way, on either side.
    let expanded = model([onnx("Expand", ["x", "s"])], [("x", known(2, 1))], ["s": integers(3, 1, 2)])
    expect(
      try run(expanded, ["x": floats(1, 2, shape: [2, 1])]), [3, 2, 2],
      (0..<3).flatMap { _ in [1.0, 1, 2, 2] })
  }

  /// As often as there are images: how XCiT repeats its positions.
  @Test func tilesByTheBatch() throws {
    let nodes = [
      onnx("Shape", ["x"], ["n"], ["end": .int(1)]), onnx("Concat", ["n", "two"], ["r"], ["axis": .int(0)]),
      onnx("Tile", ["row", "r"], ["t"]), onnx("Add", ["x", "t"]),
    ]
    let constants = ["two": integers(2), "row": floats(10, 20, shape: [1, 2])]
    let lowered = model(nodes, [("x", [.symbol("batch"), .known(4)])], constants)
    let x = floats(0, 1, 2, 3, 4, 5, 6, 7, shape: [2, 4])
    expect(try run(lowered, ["x": x]), [2, 4], [10, 21, 12, 23, 14, 25, 16, 27])
    for counts in [integers(2), integers(2, -1), integers(2, .max)] {
      let refused = model([onnx("Tile", ["row", "r"])], [("x", known(1))], constants.merging(["r": counts]) { $1 })
      #expect(throws: LoweringError.self) { try listing(refused) }
    }
  }

  @Test func gather() throws {
    expect(
      try moved("Gather", ["i": integer(-1)], ["axis": .int(1)]), [2, 4],
      [8, 9, 10, 11, 20, 21, 22, 23])
    expect(
      try moved("Gather", ["i": integers(1)], ["axis": .int(2)]), [2, 3, 1],
      [1, 5, 9, 13, 17, 21])
    expect(
      try moved("Gather", ["i": integers(1, 2)], ["axis": .int(2)]), [2, 3, 2],
      [1, 2, 5, 6, 9, 10, 13, 14, 17, 18, 21, 22])
  }

  @Test func castsBetweenFloats() throws {
    let nodes = [
      onnx("Cast", ["x"], ["h"], ["to": .int(10)]), onnx("Cast", ["h"], ["to": .int(1)]),
    ]
    let lowered = model(nodes, [("x", known(2))])
    #expect(try listing(lowered) == ["convert to=f16", "convert to=f32"])
    expect(try run(lowered, ["x": floats(0.5, 1.0004883)]), [2], [0.5, 1])
    let same = model([onnx("Cast", ["x"], ["c"], ["to": .int(1)]), onnx("Relu", ["c"])], [("x", known(2))])
    #expect(try listing(same) == ["unary function=relu"])
  }

  @Test(arguments: [true, false]) func attentionInBothLayouts(_ isSplit: Bool) throws {
    // Two heads of two channels, three tokens; the reference is written out below.
    let (q, k, v) = (numbers([1, 3, 4]), numbers([1, 3, 4], seed: 2), numbers([1, 3, 4], seed: 3))
    func heads(_ x: Tensor) -> Tensor {
      let values = (0..<12).map { (i: Int) -> Float in Float(x.values[i / 2 % 3 * 4 + i / 6 * 2 + i % 2]) }
      return Tensor(values, shape: [1, 2, 3, 2])
    }
    let shape = isSplit ? known(1, 2, 3, 2) : known(1, 3, 4)
    let lowered = model(
      [
        onnx(
          "Attention", ["q", "k", "v"], isSplit ? [:] : ["q_num_heads": .int(2), "kv_num_heads": .int(2)])
      ],
      [("q", shape), ("k", shape), ("v", shape)], opset: 23)
    let feed = isSplit ? ["q": heads(q), "k": heads(k), "v": heads(v)] : ["q": q, "k": k, "v": v]
    var expected = [Double](repeating: 0, count: 12)
    for head in 0..<2 {
      for row in 0..<3 {
        let scores = (0..<3).map { (column: Int) -> Double in
          let (a, b) = (row * 4 + head * 2, column * 4 + head * 2)
          let sum: Double = q.values[a] * k.values[b] + q.values[a + 1] * k.values[b + 1]
          return sum / 2.0.squareRoot()
        }
        let weights = ActivationTests.softmax(scores)
        for i in 0..<2 {
          let parts = (0..<3).map { (column: Int) -> Double in
            weights[column] * v.values[column * 4 + head * 2 + i]
          }
          let sum = parts.reduce(0, +)
          expected[isSplit ? (head * 3 + row) * 2 + i : row * 4 + head * 2 + i] = sum
        }
      }
    }
    expect(try run(lowered, feed), isSplit ? [1, 2, 3, 2] : [1, 3, 4], expected)
  }
}
