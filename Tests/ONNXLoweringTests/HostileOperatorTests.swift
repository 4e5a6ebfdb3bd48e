import Graph
import ONNX
import Tensors
import Testing

/// Numbers at the ends of their range in operators that index, move and repeat: refused or harmless, never a trap.
@Suite struct HostileOperatorTests {
  func attempt(_ nodes: [ONNXNode], _ initializers: [String: Tensor] = [:], opset: Int = 24) {
    for extents in [known(2, 3, 4, 4), [.symbol("n"), .known(3), .symbol("h"), .symbol("w")], known(0, 3, 4, 4)] {
      do {
        _ = try LoweredModel(model(nodes, [("x", extents)], initializers, opset: opset))
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }

  @Test(arguments: HostileModelTests.extremes) func attributes(_ value: Int64) {
    let indices = ["i": integers(0, 1), "s": integer(1)]
    for op in [
      "ArgMax", "GatherElements", "GatherND", "ScatterElements", "ScatterND", "TopK", "CumSum", "OneHot", "Hardmax",
      "LogSoftmax", "Compress", "TensorScatter", "Unique",
    ] {
      for name in ["axis", "batch_dims"] {
        attempt([onnx(op, ["x", "i", "x"], [name: .int(value)])], indices)
        attempt([onnx(op, ["x", "s"], [name: .int(value)])], indices)
        attempt([onnx(op, ["x"], [name: .int(value)])], opset: 11)
      }
    }
    attempt([onnx("DepthToSpace", ["x"], ["blocksize": .int(value)])])
    attempt([onnx("SpaceToDepth", ["x"], ["blocksize": .int(value)])])
    attempt([onnx("EyeLike", ["i"], ["k": .int(value), "dtype": .int(1)])], ["i": numbers([3, 4])])
    attempt([onnx("EyeLike", ["i"], ["dtype": .int(value)])], ["i": numbers([3, 4])])
    attempt(
      [onnx("ReverseSequence", ["x", "i"], ["time_axis": .int(value), "batch_axis": .int(0)])], ["i": integers(1, 2)])
    attempt([onnx("Pad", ["x"], ["pads": .ints([value, 0, 0, 0, 0, 0, 0, value])])], opset: 10)
  }

  @Test(arguments: HostileModelTests.extremes) func operands(_ value: Int64) {
    let lists = ["a": integer(value), "b": integers(value), "c": integers(value, value), "d": integers(1, 1, 1, value)]
    for name in lists.keys.sorted() {
      for op in [
        "Tile", "Trilu", "TopK", "CumSum", "Gather", "GatherElements", "GatherND", "ReduceSum", "ReduceMax", "Compress",
        "Mod", "NonZero", "Unique", "Pow",
      ] {
        attempt([onnx(op, ["x", name])], lists)
        attempt([onnx(op, [name, name])], lists)
      }
      attempt([onnx("OneHot", [name, name, "c"])], lists)
      attempt([onnx("Range", [name, name, name])], lists)
      attempt([onnx("ScatterElements", ["c", name, name])], lists)
      attempt([onnx("ScatterND", ["c", name, name])], lists)
      for mode in ["constant", "reflect", "edge", "wrap"] {
        attempt(
          [onnx("Pad", ["x", name, "", "axis"], ["mode": .string(mode)])], lists.merging(["axis": integers(3)]) { $1 })
        attempt(
          [onnx("Pad", ["x", "c", "", name], ["mode": .string(mode)])], lists)
      }
      attempt([onnx("Slice", ["x", "b", "b", "zero", name])], lists.merging(["zero": integers(2)]) { $1 })
    }
  }

  @Test(arguments: [
    "", "->", "a", "aa->a", "...", "....", "i,j", "ijkl->ijkl", "ii...->i...", "ijkl->m", "ij kl->", "é",
  ])
  func equations(_ text: String) {
    attempt([onnx("Einsum", ["x"], ["equation": .string(text)])])
    attempt([onnx("Einsum", ["x", "x"], ["equation": .string(text + "," + text)])])
    attempt([onnx("Einsum", [], ["equation": .string(text)])])
  }
}
