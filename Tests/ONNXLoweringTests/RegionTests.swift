import Graph
import ONNX
import Tensors
import Testing

@Suite struct RegionTests {
  private func grid(_ opset: Int, _ attributes: [String: ONNXAttribute]) throws -> String {
    try listing(
      model(
        [onnx("GridSample", ["x", "g"], attributes)], [("x", known(1, 2, 4, 4)), ("g", known(1, 3, 5, 2))],
        opset: opset)
    ).joined()
  }

  @Test func grids() throws {
    #expect(try grid(16, [:]) == "gridSample alignsCorners=0 filter=linear padding=zeros")
    #expect(
      try grid(16, ["mode": .string("bicubic"), "align_corners": .int(1)])
        == "gridSample alignsCorners=1 filter=cubic padding=zeros")
    #expect(
      try grid(20, ["mode": .string("nearest"), "padding_mode": .string("reflection")])
        == "gridSample alignsCorners=0 filter=nearest padding=reflection")
    #expect(throws: LoweringError.self) { try grid(16, ["mode": .string("linear")]) }
    #expect(throws: LoweringError.self) { try grid(20, ["mode": .string("bilinear")]) }
    #expect(throws: LoweringError.self) { try grid(20, ["padding_mode": .string("wrap")]) }
  }

  private func regions(_ opset: Int, _ attributes: [String: ONNXAttribute]) throws -> [String] {
    try listing(
      model(
        [onnx("RoiAlign", ["x", "r", "i"], attributes)], [("x", known(1, 2, 4, 4)), ("r", known(3, 4))],
        ["i": integers(0, 0, 0)], opset: opset))
  }

  /// The first version has elements at the corners of their pixels, as the later ones on request.
  @Test func regions() throws {
    let size: [String: ONNXAttribute] = [
      "output_height": .int(2), "output_width": .int(3), "sampling_ratio": .int(2), "spatial_scale": .float(0.5),
    ]
    let centred = "roiAlign centered=1 function=average samples=2 scale=0.5 size=[2, 3]"
    let corners = "roiAlign centered=0 function=average samples=2 scale=0.5 size=[2, 3]"
    #expect(try regions(16, size) == [centred])
    #expect(try regions(10, size) == [corners])
    let mode = ["coordinate_transformation_mode": ONNXAttribute.string("output_half_pixel")]
    #expect(try regions(22, size.merging(mode) { $1 }) == [corners])
    #expect(
      try regions(16, ["mode": .string("max")]) == ["roiAlign centered=1 function=max samples=0 scale=1.0 size=[1, 1]"])
    #expect(throws: LoweringError.self) { try regions(16, ["mode": .string("median")]) }
  }

  private func boxes(_ most: Tensor?) throws -> [String] {
    try listing(
      model(
        [onnx("NonMaxSuppression", ["b", "s", most == nil ? "" : "m"], [:])],
        [("b", [.known(2), .symbol("B"), .known(4)]), ("s", [.known(2), .known(3), .symbol("B")])],
        most.map { ["m": $0] } ?? [:]))
  }

  /// As many rows as there can be, cut to those that there are.
  @Test func rowsThatDependOnBoxes() throws {
    let rest = ["slice axis=1 count=[1] start=0", "count function=notNegative", "leadingRows symbol=[count]"]
    #expect(try boxes(integer(7)) == ["nonMaxSuppression centered=0 rows=[42]"] + rest)
    #expect(try boxes(integers(1 << 40)) == ["nonMaxSuppression centered=0 rows=[6*B]"] + rest)
    #expect(try boxes(integer(-3)) == ["nonMaxSuppression centered=0 rows=[0]"] + rest)
    #expect(try boxes(nil) == ["nonMaxSuppression centered=0 rows=[0]"] + rest)
  }
}
