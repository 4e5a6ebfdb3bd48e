import Graph
import ONNX
import Tensors
import Testing

/// Resize and Upsample: which elements are read, what is refused.
@Suite struct ResizeTests {
  /// 1 to 16, row by row.
  let square = Tensor((1...16).map { Float($0) }, shape: [1, 1, 4, 4])

  func resize(
    _ x: Tensor, _ operands: [(String, Tensor?)], _ attributes: [String: ONNXAttribute], opset: Int = 19,
    op: String = "Resize"
  ) throws -> Tensor {
    let names = operands.map { $0.1 == nil ? "" : $0.0 }
    let known = operands.reduce(into: [String: Tensor]()) { $0[$1.0] = $1.1 }
    let lowered = model(
      [onnx(op, ["x"] + names, attributes)], [("x", x.shape.extents.map { .known($0) })], known, opset: opset)
    return try run(lowered, ["x": x])
  }

  @Test(arguments: [9, 10, 13, 19]) func nearestByScales(_ opset: Int) throws {
    let x = Tensor([1, 2, 3, 4] as [Float], shape: [1, 1, 2, 2])
    let scales = floats(1, 1, 2, 3)
    let found = try resize(
      x, opset < 11 ? [("s", scales)] : [("r", nil), ("s", scales)], ["mode": .string("nearest")], opset: opset,
      op: opset == 9 ? "Upsample" : "Resize")
    expect(found, [1, 1, 4, 6], [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4])
  }

  @Test func upsampleWithItsScalesAsAnAttribute() throws {
    let x = Tensor([1, 2] as [Float], shape: [1, 1, 1, 2])
    let scales = ONNXAttribute.floats([1, 1, 1, 2])
    let found = try resize(x, [], ["scales": scales, "mode": .string("linear")], opset: 7, op: "Upsample")
    expect(found, [1, 1, 1, 4], [1, 1.5, 2, 2])
  }

  /// The numbers are those of the ONNX specification's examples.
  @Test func cubicsOfTheSpecification() throws {
    let found = try resize(
      square, [("r", nil), ("s", floats(1, 1, 0.8, 0.8))],
      ["mode": .string("cubic"), "cubic_coeff_a": .float(-0.5), "exclude_outside": .int(1)])
    let expected = [
      1.36812675, 2.6695014, 4.0133367, 6.57362535, 7.875, 9.2188353, 11.94896657, 13.25034122, 14.59417652,
    ]
    expect(found, [1, 1, 3, 3], expected)
    let antialiased = try resize(
      square, [("r", nil), ("s", nil), ("z", integers(1, 1, 3, 3))],
      ["mode": .string("cubic"), "antialias": .int(1)])
    let smooth = [1.7750092, 3.1200073, 4.4650054, 7.1550016, 8.5, 9.844998, 12.534994, 13.8799925, 15.224991]
    expect(antialiased, [1, 1, 3, 3], smooth)
  }

  @Test func axesInAnotherOrderAndAPolicy() throws {
    let x = Tensor((1...8).map { Float($0) }, shape: [1, 1, 2, 4])
    let attributes: [String: ONNXAttribute] = ["axes": .ints([3, 2]), "mode": .string("nearest")]
    let free = try resize(x, [("r", nil), ("s", nil), ("z", integers(2, 1))], attributes)
    expect(free, [1, 1, 1, 2], [1, 3])
    let kept = try resize(
      x, [("r", nil), ("s", nil), ("z", integers(3, 1))],
      attributes.merging(["keep_aspect_ratio_policy": .string("not_smaller")]) { $1 })
    expect(kept, [1, 1, 2, 3], [1, 2, 4, 5, 6, 8])
  }

  @Test func aCropWithElementsOutside() throws {
    let found = try resize(
      square, [("r", floats(0, 0, 0.4, 0.6, 1, 1, 1.2, 1.7)), ("s", nil), ("z", integers(1, 1, 3, 3))],
      [
        "mode": .string("linear"), "coordinate_transformation_mode": .string("tf_crop_and_resize"),
        "extrapolation_value": .float(10),
      ])
    expect(found, [1, 1, 3, 3], [7.6, 10, 10, 12.4, 10, 10, 10, 10, 10])
  }

  /// A size may be computed from another input's shape, and the network stays open in it.
  @Test func openSizes() throws {
    let nodes = [
      onnx("Shape", ["like"], ["whole"]), onnx("Slice", ["whole", "two", "four"], ["sides"]),
      onnx("Concat", ["head", "sides"], ["sizes"], ["axis": .int(0)]),
      onnx("Resize", ["x", "", "", "sizes"], ["mode": .string("linear")]),
    ]
    let lowered = model(
      nodes, [("x", known(1, 1, 2, 2)), ("like", [.known(1), .known(1), .symbol("h"), .symbol("w")])],
      ["two": integers(2), "four": integers(4), "head": integers(1, 1)], opset: 19)
    let x = Tensor([0, 1, 2, 3] as [Float], shape: [1, 1, 2, 2])
    let found = try run(lowered, ["x": x, "like": numbers([1, 1, 2, 4])])
    expect(found, [1, 1, 2, 4], [0, 0.25, 0.75, 1, 2, 2.25, 2.75, 3])
    expect(try run(lowered, ["x": x, "like": numbers([1, 1, 2, 2])]), [1, 1, 2, 2], [0, 1, 2, 3])
  }

  @Test func openExtentsByScales() throws {
    let lowered = model(
      [onnx("Resize", ["x", "", "s"], ["mode": .string("nearest")])],
      [("x", [.known(1), .known(1), .known(1), .symbol("w")])], ["s": floats(1, 1, 1, 0.6)], opset: 13)
    let x = Tensor([0, 1, 2, 3, 4, 5, 6] as [Float], shape: [1, 1, 1, 7])
    expect(try run(lowered, ["x": x]), [1, 1, 1, 4], [0, 2, 4, 5])
  }

  @Test(
    arguments: [
      (["mode": .string("lanczos")], "attribute mode: one of cubic, linear, nearest expected, lanczos found"),
      (["nearest_mode": .string("left")], "attribute nearest_mode: one of ceil, floor, round_prefer_ceil"),
      (["mode": .string("nearest"), "antialias": .int(1)], "attribute antialiases must be 0"),
      (
        ["keep_aspect_ratio_policy": .string("crop")],
        "attribute keep_aspect_ratio_policy: one of not_larger, not_smaller, stretch expected, crop found"
      ),
      (["axes": .ints([4])], "attribute axes: an axis of 4 expected, 4 found"),
      (["axes": .ints([2])], "operand 3: 1 extents, one an axis expected, 4 found"),
      (["sharpen": .int(1)], "attributes with no known meaning: sharpen"),
    ] as [([String: ONNXAttribute], String)])
  func refusedAttributes(_ attributes: [String: ONNXAttribute], _ message: String) {
    let operands: [(String, Tensor?)] = [("r", nil), ("s", nil), ("z", integers(1, 1, 2, 2))]
    #expect(refusal { try resize(square, operands, attributes) }.contains(message))
  }

  @Test(
    arguments: [
      (floats(1, 1, 0, 2), "4 scales from 1/4096 to 4096 expected, [1.0, 1.0, 0.0, 2.0] found"),
      (floats(1, 1, .nan, 2), "4 scales from 1/4096 to 4096 expected"),
      (floats(1, 1, 1e9, 1), "4 scales from 1/4096 to 4096 expected"),
      (floats(2, 2), "operand 2: 4 scales, one an axis expected, 2 found"),
      (integers(1, 1, 2, 2), "operand 2: numbers that are known at conversion expected"),
    ])
  func refusedScales(_ scales: Tensor, _ message: String) {
    #expect(refusal { try resize(square, [("r", nil), ("s", scales)], [:]) }.contains(message))
  }

  private func refusal(_ body: () throws -> Tensor) -> String {
    do {
      return "\(try body())"
    } catch {
      return "\(error)"
    }
  }
}
