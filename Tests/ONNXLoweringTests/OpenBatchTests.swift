import Graph
import ONNX
import Tensors
import Testing

/// What a file with an open batch is lowered to computes the same as for a stated batch, at any size.
@Suite struct OpenBatchTests {
  struct Case: CustomTestStringConvertible {
    let node: ONNXNode
    var opset = 23
    var testDescription: String { "\(node.op) \(node.attributes.keys.sorted())" }
  }

  static let initializers: [String: Tensor] = [
    "two": integer(2), "axis": integers(1), "last": integers(-1), "ones": integers(1, 2, 1),
    "zero": floats(0, shape: []),
    "one": floats(1, shape: []), "pads": integers(0, 1, 2, 0, 2, 1), "cut": integers(0, -1, 1, 0, 0, -1),
    "picks": integers(2, 0), "values": floats(5, 7), "depth": integer(3), "starts": integers(2), "ends": integers(-9),
    "steps": integers(-2), "slope": floats(0.25, shape: [1]), "matrix": numbers([4, 5], seed: 4),
    "keeps": Tensor(type: .bool, shape: [3]) { bytes in for place in 0..<3 { bytes[place] = place == 1 ? 0 : 1 } },
  ]

  static let cases: [Case] = [
    Case(node: onnx("Pad", ["x", "pads"])), Case(node: onnx("Pad", ["x", "cut"])),
    Case(node: onnx("Pad", ["x", "pads"], ["mode": .string("reflect")])),
    Case(node: onnx("Pad", ["x", "pads"], ["mode": .string("edge")])),
    Case(node: onnx("Pad", ["x", "pads"], ["mode": .string("wrap")])),
    Case(node: onnx("Tile", ["x", "ones"])), Case(node: onnx("Trilu", ["x", "two"], ["upper": .int(0)])),
    Case(node: onnx("ReduceL1", ["x", "axis"])), Case(node: onnx("ReduceL2", ["x", "last"], ["keepdims": .int(0)])),
    Case(node: onnx("ReduceLogSumExp", ["x", "axis"])), Case(node: onnx("ReduceSumSquare", ["x", "axis"])),
    Case(node: onnx("ReduceMax", ["x", "axis"])), Case(node: onnx("ReduceProd", ["x", "last"])),
    Case(node: onnx("ReduceSum", ["x"])), Case(node: onnx("ArgMax", ["x"], ["axis": .int(2)])),
    Case(node: onnx("ArgMin", ["x"], ["axis": .int(1), "select_last_index": .int(1), "keepdims": .int(0)])),
    Case(node: onnx("CumSum", ["x", "axis"], ["reverse": .int(1)])), Case(node: onnx("Hardmax", ["x"])),
    Case(node: onnx("Hardmax", ["x"]), opset: 11), Case(node: onnx("LogSoftmax", ["x"], ["axis": .int(1)])),
    Case(node: onnx("Gather", ["x", "picks"], ["axis": .int(1)])),
    Case(node: onnx("Slice", ["x", "starts", "ends", "axis", "steps"])),
    Case(node: onnx("Einsum", ["x", "x"], ["equation": .string("bij,bkj->bik")])),
    Case(node: onnx("Einsum", ["x", "matrix"], ["equation": .string("...j,jk->...k")])),
    Case(node: onnx("Einsum", ["x"], ["equation": .string("bij->jb")])),
    Case(node: onnx("Compress", ["x", "keeps"], ["axis": .int(1)])),
    Case(node: onnx("PRelu", ["x", "slope"])),
    Case(node: onnx("Shrink", ["x"], ["lambd": .float(0.25), "bias": .float(0.5)])),
    Case(node: onnx("Clip", ["x", "zero", "one"])), Case(node: onnx("Mish", ["x"])), Case(node: onnx("Celu", ["x"])),
    Case(node: onnx("IsNaN", ["x"])), Case(node: onnx("Max", ["x", "zero", "one"])),
    Case(node: onnx("Mean", ["x", "one"])),
    Case(node: onnx("Mod", ["x", "one"], ["fmod": .int(1)])), Case(node: onnx("Pow", ["x", "two"])),
  ]

  @Test(arguments: cases) func sameAsStated(_ example: Case) throws {
    func lowered(_ batch: ONNXValue.Extent) -> ONNXModel {
      model([example.node], [("x", [batch, .known(3), .known(4)])], Self.initializers, opset: example.opset)
    }
    for images in [1, 3] {
      let x = numbers([images, 3, 4], seed: images)
      let expected = try run(lowered(.known(images)), ["x": x])
      let found = try run(lowered(.symbol("batch")), ["x": x])
      #expect(found.shape == expected.shape && found.type == expected.type)
      #expect(zip(found.values, expected.values).allSatisfy { $0 == $1 })
    }
  }
}
