import Foundation
import ONNX
import Tensors
import Testing

@Suite struct ActivationTests {
  let x = floats(-3, -0.7, 0, 0.3, 2)

  @Test func geluInBothForms() throws {
    func gelu(_ form: String?) throws -> Tensor {
      let attributes = form.map { ["approximate": ONNXAttribute.string($0)] } ?? [:]
      return try run(model([onnx("Gelu", ["x"], attributes)], [("x", known(5))], opset: 20), ["x": x])
    }
    let exact = x.values.map { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }
    let tanhForm = x.values.map {
      $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
    }
    expect(try gelu(nil), [5], exact)
    expect(try gelu("none"), [5], exact)
    expect(try gelu("tanh"), [5], tanhForm)
  }

  @Test func operatorsOfOtherDomainsAreTheirOwn() throws {
    let gelu = model(
      [onnx("Gelu", ["x"], domain: "com.microsoft")], [("x", known(5))], opset: 12,
      opsets: ["com.microsoft": 1])
    expect(try run(gelu, ["x": x]), [5], x.values.map { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) })
  }

  static func softmax(_ row: [Double]) -> [Double] {
    let sum = row.reduce(0) { $0 + exp($1) }
    return row.map { exp($0) / sum }
  }

  /// Before version 13 the default axis is 1 and all axes from it on are one; from 13 on it is the last axis
  /// alone.
  @Test(arguments: [(11, 1), (11, -1), (12, nil), (13, nil), (13, 1), (24, -1)] as [(Int, Int64?)])
  func softmaxOfTheLastAxis(_ opset: Int, _ axis: Int64?) throws {
    let attributes = axis.map { ["axis": ONNXAttribute.int($0)] } ?? [:]
    let x = numbers([2, 3])
    let lowered = model([onnx("Softmax", ["x"], attributes)], [("x", known(2, 3))], opset: opset)
    expect(
      try run(lowered, ["x": x]), [2, 3],
      Self.softmax(Array(x.values[..<3])) + Self.softmax(Array(x.values[3...])))
    #expect(try listing(lowered) == ["softmax"])
  }

  @Test func softmaxOfAnotherAxis() throws {
    let x = numbers([2, 3])
    let lowered = model([onnx("Softmax", ["x"], ["axis": .int(0)])], [("x", known(2, 3))], opset: 13)
    let columns = (0..<3).map { Self.softmax([x.values[$0], x.values[$0 + 3]]) }
    expect(try run(lowered, ["x": x]), [2, 3], columns.map { $0[0] } + columns.map { $0[1] })
  }

  @Test(arguments: [true, false]) func layerNormalization(_ hasBias: Bool) throws {
    let (x, gamma, beta) = (numbers([2, 4]), numbers([4], seed: 2), numbers([4], seed: 3))
    let operands = ["x", "g"] + (hasBias ? ["b"] : [])
    let lowered = model(
      [onnx("LayerNormalization", operands, ["axis": .int(-1), "epsilon": .float(1e-6)])],
      [("x", known(2, 4))], hasBias ? ["g": gamma, "b": beta] : ["g": gamma])
    #expect(try listing(lowered) == ["layerNorm epsilon=1e-06"])
    let expected = (0..<8).map { position -> Double in
      let row = x.values[position / 4 * 4..<position / 4 * 4 + 4]
      let mean = row.reduce(0, +) / 4
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4
      let normed = (x.values[position] - mean) / (variance + 1e-6).squareRoot()
      return normed * gamma.values[position % 4] + (hasBias ? beta.values[position % 4] : 0)
    }
    expect(try run(lowered, ["x": x]), [2, 4], expected)
  }

  @Test func dropoutAndIdentityLeaveNoTrace() throws {
    let nodes = [
      onnx("Identity", ["x"], ["a"]),
      onnx("Dropout", ["a", "ratio", "mode"], ["b", "mask"], ["seed": .int(3)]),
      onnx("Relu", ["b"]),
    ]
    let lowered = model(
      nodes, [("x", known(2))], ["ratio": floats(0.5, shape: []), "mode": Tensor(bool: false)])
    #expect(try listing(lowered) == ["unary function=relu"])
  }
}

extension Tensor {
  fileprivate init(bool: Bool) {
    self.init(type: .bool, shape: []) { $0.storeBytes(of: bool ? 1 : 0, as: UInt8.self) }
  }
}
