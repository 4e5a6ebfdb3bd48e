import Graph
import ONNX
import Tensors
import Testing

@Suite struct ConvolutionTests {
  /// x [1, c, 5, 6], weight [o, c/group, 3, 3]: the sum over the window, zeros outside.
  func convolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor, stride: Int, top: Int, left: Int, rows: Int, columns: Int,
    groups: Int = 1
  ) -> [Double] {
    let (c, h, w) = (x.shape[1], x.shape[2], x.shape[3])
    let (o, inner) = (weight.shape[0], weight.shape[1])
    let (xs, ws) = (x.values, weight.values)
    var result: [Double] = []
    for channel in 0..<o {
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = bias.values[channel]
          for i in 0..<inner {
            let source = groups == 1 ? i : channel * c / o
            for dy in 0..<3 {
              for dx in 0..<3 {
                let (y, z) = (row * stride + dy - top, column * stride + dx - left)
                guard (0..<h).contains(y), (0..<w).contains(z) else { continue }
                sum += xs[(source * h + y) * w + z] * ws[((channel * inner + i) * 3 + dy) * 3 + dx]
              }
            }
          }
          result.append(sum)
        }
      }
    }
    return result
  }

  static let cases: [(String, [String: ONNXAttribute], stride: Int, pad: Int, rows: Int, columns: Int)] = [
    ("plain", [:], 1, 0, 3, 4),
    (
      "pads", ["pads": .ints([1, 1, 1, 1]), "strides": .ints([2, 2]), "kernel_shape": .ints([3, 3])], 2, 1, 3,
      3
    ),
    ("valid", ["auto_pad": .string("VALID"), "dilations": .ints([1, 1]), "group": .int(1)], 1, 0, 3, 4),
    ("same", ["auto_pad": .string("SAME_UPPER")], 1, 1, 5, 6),
    ("same lower", ["auto_pad": .string("SAME_LOWER"), "strides": .ints([1, 1])], 1, 1, 5, 6),
  ]

  @Test(arguments: cases.indices) func dense(_ index: Int) throws {
    let (_, attributes, stride, pad, rows, columns) = Self.cases[index]
    let (x, weight, bias) = (numbers([1, 2, 5, 6]), numbers([3, 2, 3, 3], seed: 2), numbers([3], seed: 3))
    let lowered = model(
      [onnx("Conv", ["x", "w", "b"], attributes)], [("x", known(1, 2, 5, 6))], ["w": weight, "b": bias])
    expect(
      try run(lowered, ["x": x]), Shape([1, 3, rows, columns]),
      convolution(x, weight, bias, stride: stride, top: pad, left: pad, rows: rows, columns: columns))
    #expect(try listing(lowered).map { $0.split(separator: " ")[0] } == ["conv2d"])
  }

  @Test func depthwise() throws {
    let (x, weight, bias) = (numbers([1, 4, 5, 6]), numbers([4, 1, 3, 3], seed: 2), numbers([4], seed: 3))
    let lowered = model(
      [onnx("Conv", ["x", "w", "b"], ["group": .int(4), "pads": .ints([1, 1, 1, 1])])],
      [("x", known(1, 4, 5, 6))], ["w": weight, "b": bias])
    expect(
      try run(lowered, ["x": x]), [1, 4, 5, 6],
      convolution(x, weight, bias, stride: 1, top: 1, left: 1, rows: 5, columns: 6, groups: 4))
  }

  /// A transpose to channels last takes a depthwise convolution over.
  @Test func depthwiseThatGoesOnWithChannelsLast() throws {
    let (x, weight) = (numbers([1, 4, 5, 6]), numbers([4, 1, 3, 3], seed: 2))
    let nodes = [
      onnx("Conv", ["x", "w"], ["m"], ["group": .int(4), "pads": .ints([1, 1, 1, 1])]),
      onnx("Transpose", ["m"], ["perm": .ints([0, 2, 3, 1])]),
    ]
    let lowered = model(nodes, [("x", known(1, 4, 5, 6))], ["w": weight])
    let zeros = Tensor([Float](repeating: 0, count: 4), shape: [4])
    let map = convolution(x, weight, zeros, stride: 1, top: 1, left: 1, rows: 5, columns: 6, groups: 4)
    expect(try run(lowered, ["x": x]), [1, 5, 6, 4], (0..<120).map { map[$0 % 4 * 30 + $0 / 4] })
    #expect(try listing(lowered).map { $0.split(separator: " ")[0] } == ["transpose", "depthwiseConv"])
  }

  @Test func openImageSizeGivesOpenGrid() throws {
    let lowered = model(
      [onnx("Conv", ["x", "w"], ["strides": .ints([8, 8])])],
      [("x", [.symbol("batch"), .known(3), .symbol("height"), .symbol("width")])],
      ["w": numbers([4, 3, 8, 8])])
    let graph = try LoweredModel(lowered).graph
    #expect(
      graph.type(of: graph.outputs[0].value).description == "f32 [N, 4, floor((height)/8), floor((width)/8)]")
  }
}
