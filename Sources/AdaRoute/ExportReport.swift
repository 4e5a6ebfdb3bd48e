import Graph
import ONNX
import Tensors

/// What `export` wrote.
public struct ExportReport: Codable, Hashable, Sendable {
  public let output: String
  public let format: String
  public let bytes: Int
  /// Tensors, and their elements.
  public let tensors: Int
  public let parameters: Int
  /// Of an ONNX file.
  public let nodes: Int?
  public let opset: Int?
  /// Inputs and outputs with their types.
  public let inputs: [String: String]?
  public let outputs: [String: String]?

  init(_ exported: ExportedModel, output: String, bytes: Int) {
    self.output = output
    format = "onnx"
    self.bytes = bytes
    tensors = exported.initializers.count
    parameters = exported.initializers.reduce(0) { $0 &+ $1.content.shape.elementCount }
    nodes = exported.nodes.count
    opset = exported.opset
    inputs = ExportReport.types(exported.inputs)
    outputs = ExportReport.types(exported.outputs)
  }

  init(tensors: [Shape], output: String, bytes: Int) {
    self.output = output
    format = "safetensors"
    self.bytes = bytes
    self.tensors = tensors.count
    parameters = tensors.reduce(0) { $0 &+ $1.elementCount }
    (nodes, opset, inputs, outputs) = (nil, nil, nil, nil)
  }

  private static func types(_ values: [ONNXValue]) -> [String: String] {
    Dictionary(values.map { ($0.name, type($0)) }) { first, _ in first }
  }

  private static func type(_ value: ONNXValue) -> String {
    let extents = (value.shape ?? []).map { extent in
      switch extent {
      case .known(let count): "\(count)"
      case .symbol(let name): name
      case .unknown: "?"
      }
    }
    return "\(value.element?.description ?? "?") [\(extents.joined(separator: ", "))]"
  }

  public var json: String { jsonText }

  public var text: String {
    var lines = ["\(output): \(tensors) tensors, \(parameters.grouped) elements, \(bytes.grouped) bytes"]
    if let nodes, let opset { lines.append("  \(nodes) nodes of operator set \(opset)") }
    for (kind, values) in [("input", inputs), ("output", outputs)] {
      for (name, type) in (values ?? [:]).sorted(by: { $0.key < $1.key }) { lines.append("  \(kind) \(name): \(type)") }
    }
    return lines.joined(separator: "\n")
  }
}
