import Graph
import ONNX
import Tensors
import Testing

/// A node of a model, named after its operator.
func onnx(
  _ op: String, _ inputs: [String], _ outputs: [String] = ["y"], domain: String = "",
  _ attributes: [String: ONNXAttribute] = [:]
) -> ONNXNode {
  ONNXNode(
    name: op.lowercased(), domain: domain, op: op, inputs: inputs, outputs: outputs, attributes: attributes)
}

/// The same with the one result `y`.
func onnx(_ op: String, _ inputs: [String], _ attributes: [String: ONNXAttribute]) -> ONNXNode {
  onnx(op, inputs, ["y"], attributes)
}

/// A model with float32 inputs.
func model(
  _ nodes: [ONNXNode], _ inputs: [(String, [ONNXValue.Extent])], _ initializers: [String: Tensor] = [:],
  outputs: [String] = ["y"], opset: Int = 17, opsets: [String: Int] = [:], functions: [ONNXFunction] = []
) -> ONNXModel {
  ONNXModel(
    irVersion: 8, opsets: opsets.merging(["": opset]) { own, _ in own },
    graph: ONNXGraph(
      inputs: inputs.map { ONNXValue(name: $0.0, element: .float32, shape: $0.1) },
      outputs: outputs.map { ONNXValue(name: $0, element: .float32, shape: nil) },
      initializers: initializers, nodes: nodes),
    functions: functions)
}

func known(_ extents: Int...) -> [ONNXValue.Extent] { extents.map { .known($0) } }

func integers(_ values: Int64...) -> Tensor { Tensor(values, shape: Shape([values.count])) }
func integer(_ value: Int64) -> Tensor { Tensor([value], shape: []) }
func floats(_ values: Float..., shape: Shape? = nil) -> Tensor {
  Tensor(values, shape: shape ?? Shape([values.count]))
}

/// Numbers between -1 and 1, the same for the same shape and seed.
func numbers(_ shape: Shape, seed: Int = 1) -> Tensor {
  let values = (0..<shape.elementCount).map { Float(($0 * 7919 + seed * 104_729) % 2003) / 1001 - 1 }
  return Tensor(values, shape: shape)
}

/// What the operators' own evaluations make of a graph. The symbols' values follow from the inputs' shapes.
func evaluate(_ graph: Graph, _ inputs: [String: Tensor]) throws -> [String: Tensor] {
  var tensors: [ValueID: Tensor] = [:]
  var symbols: [String: Int] = [:]
  for port in graph.inputs {
    let tensor = try #require(inputs[port.name])
    tensors[port.value] = tensor
    for (dimension, extent) in zip(graph.type(of: port.value).dimensions, tensor.shape.extents) {
      for symbol in dimension.symbols { symbols[symbol] = extent }
    }
  }
  func tensor(_ value: ValueID) throws -> Tensor {
    try #require(tensors[value] ?? graph.constant(for: value)?.tensor())
  }
  for node in graph.orderedNodes() {
    let operands = try node.operands.map(tensor)
    let type = graph.type(of: node.result)
    let shape = try #require(type.shape(symbols))
    tensors[node.result] = Tensor(type: type.element, shape: shape) { bytes in
      let views = operands.map { operand in
        TensorView(
          type: operand.type, shape: operand.shape,
          bytes: UnsafeRawBufferPointer(
            rebasing: operand.storage.bytes[operand.offset..<operand.offset + operand.byteCount]))
      }
      withExtendedLifetime(operands) {
        node.op.evaluate(views, into: [MutableTensorView(type: type.element, shape: shape, bytes: bytes)])
      }
    }
  }
  return try Dictionary(uniqueKeysWithValues: graph.outputs.map { ($0.name, try tensor($0.value)) })
}

/// The numbers of output `y`, or another, of a lowered model.
func run(_ model: ONNXModel, _ inputs: [String: Tensor], output: String = "y") throws -> Tensor {
  try #require(evaluate(LoweredModel(model).graph, inputs)[output])
}

/// Operators of a lowered model with their attributes: `slice axis=1 count=[2] start=0`.
func listing(_ model: ONNXModel) throws -> [String] {
  try LoweredModel(model).graph.orderedNodes().map { node in
    ([node.op.identifier] + node.op.attributes.sorted.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
  }
}

extension Tensor {
  var values: [Double] { withView { view in (0..<shape.elementCount).map { view.number(at: $0) } } }
}

/// Whether a tensor has this shape and, but for float32 rounding, these numbers.
func expect(
  _ tensor: Tensor, _ shape: Shape, _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(tensor.shape == shape, sourceLocation: sourceLocation)
  #expect(tensor.values.count == expected.count, sourceLocation: sourceLocation)
  let worst = zip(tensor.values, expected).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
  #expect(worst <= 1e-6, sourceLocation: sourceLocation)
}
