import Foundation
import Graph
import ONNX
import Tensors
import Testing

@Suite struct QuantizationTests {
  /// x / 0.5 + 128 with ties to even, kept within the bytes.
  @Test func tiesGoToEven() throws {
    let x = floats(0.25, 0.75, 1.25, -0.25, 100, -100)
    let lowered = model(
      [onnx("QuantizeLinear", ["x", "s", "z"])], [("x", known(6))],
      ["s": Tensor([Float(0.5)], shape: []), "z": Tensor([UInt8(128)], shape: [])], opset: 13)
    let result = try run(lowered, ["x": x])
    #expect(result.scalars() == [128, 130, 130, 128, 255, 0] as [UInt8])
  }

  @Test func scalesOfAnAxisAndOfBlocks() throws {
    let x = Tensor([Int8(10), 20, 30, 40, 50, 60], shape: [2, 3])
    func dequantized(_ scale: Tensor, _ attributes: [String: ONNXAttribute]) throws -> [Double] {
      let lowered = model(
        [onnx("DequantizeLinear", ["x", "s"], ["y"], attributes), onnx("Add", ["y", "o"], ["r"])],
        [("o", known(1))], ["x": x, "s": scale], outputs: ["r"], opset: 21)
      return try run(lowered, ["o": floats(0)], output: "r").values
    }
    #expect(try dequantized(floats(1, 2), ["axis": .int(0)]) == [10, 20, 30, 80, 100, 120])
    #expect(try dequantized(floats(1, 2, 3), [:]) == [10, 40, 90, 40, 100, 180])
    #expect(
      try dequantized(floats(1, 2, 3, 4, shape: [2, 2]), ["axis": .int(1), "block_size": .int(2)])
        == [10, 20, 60, 120, 150, 240])
  }

  /// Sums of 1,000 products of bytes, which float32 cannot hold exactly.
  @Test func integerProductsAreExact() throws {
    let a = Tensor((0..<1000).map { UInt8(251 + $0 % 5) }, shape: [1, 1000])
    let b = Tensor((0..<1000).map { UInt8(249 + $0 % 7) }, shape: [1000, 1])
    let lowered = model([onnx("MatMulInteger", ["a", "b"], ["y"])], [("o", known(1))], ["a": a, "b": b], opset: 13)
    let expected = (0..<1000).reduce(0) { $0 + (251 + $1 % 5) * (249 + $1 % 7) }
    #expect(try run(lowered, ["o": floats(0)]).scalars() == [Int32(expected)])
  }

  /// A convolution of bytes is that of the numbers they stand for, quantised again.
  @Test func quantisedConvolutions() throws {
    let x = Tensor((0..<16).map { UInt8($0 * 13 % 200) }, shape: [1, 1, 4, 4])
    let weight = Tensor((0..<8).map { Int8($0 * 7 - 20) }, shape: [2, 1, 2, 2])
    let constants: [String: Tensor] = [
      "x": x, "xs": Tensor([Float(0.1)], shape: []), "xz": Tensor([UInt8(100)], shape: []), "w": weight,
      "ws": floats(0.2, 0.05), "wz": Tensor([Int8(0), 0], shape: [2]), "ys": Tensor([Float(0.5)], shape: []),
      "yz": Tensor([UInt8(120)], shape: []), "b": Tensor([Int32(500), -300], shape: [2]),
    ]
    let lowered = model(
      [onnx("QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"], ["y"])], [("o", known(1))], constants,
      opset: 13)
    let (xs, ws) = (x.values.map { ($0 - 100) * 0.1 }, weight.values)
    var expected: [UInt8] = []
    for channel in 0..<2 {
      let scale = [0.2, 0.05][channel]
      for position in 0..<9 {
        var sum = [500.0, -300][channel] * 0.1 * scale
        for tap in 0..<4 {
          let at = (position / 3 + tap / 2) * 4 + position % 3 + tap % 2
          sum += xs[at] * ws[channel * 4 + tap] * scale
        }
        expected.append(UInt8(max(0, min(255, (sum / 0.5).rounded(.toNearestOrEven) + 120))))
      }
    }
    #expect(try run(lowered, ["o": floats(0)]).scalars() == expected)
  }

  @Test func losses() throws {
    let x = numbers([2, 3, 2])
    let (target, weight) = (Tensor([Int64(0), 2, -1, 1], shape: [2, 2]), floats(0.5, 1, 2))
    let logarithms = (0..<12).map { position -> Double in
      let (image, inner) = (position / 6 * 6, position % 2)
      let sum = (0..<3).reduce(0.0) { $0 + exp(x.values[image + $1 * 2 + inner]) }
      return x.values[position] - log(sum)
    }
    // The third target is ignored.
    let losses = [-0.5 * logarithms[0], -2 * logarithms[5], 0, -1 * logarithms[9]]
    func loss(_ reduction: String) throws -> [Double] {
      let attributes: [String: ONNXAttribute] = ["reduction": .string(reduction), "ignore_index": .int(-1)]
      let lowered = model(
        [onnx("SoftmaxCrossEntropyLoss", ["x", "t", "w"], attributes)], [("x", known(2, 3, 2))],
        ["t": target, "w": weight], opset: 13)
      return try run(lowered, ["x": x]).values
    }
    func isNear(_ a: [Double], _ b: [Double]) -> Bool {
      a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 }
    }
    #expect(isNear(try loss("none"), losses))
    #expect(isNear(try loss("sum"), [losses.reduce(0, +)]))
    #expect(isNear(try loss("mean"), [losses.reduce(0, +) / 3.5]))
  }
}
