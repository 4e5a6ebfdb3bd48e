public import ONNX
import Tensors

/// What an ONNX file states.
public struct ONNXReport: Codable, Hashable, Sendable {
  public struct Port: Codable, Hashable, Sendable {
    public let name: String
    public let type: String
    /// Nil where the file states no shape.
    public let dimensions: [String]?
  }

  public struct Entry: Codable, Hashable, Sendable {
    public let name: String
    public let type: String
    public let shape: [Int]
  }

  public struct Node: Codable, Hashable, Sendable {
    public let name: String
    public let op: String
    public let inputs: [String]
    public let outputs: [String]
  }

  public let format: String
  public let path: String
  /// The file, then its files of external data.
  public let paths: [String]
  public let producer: String
  public let opsets: [String: Int]
  public let inputs: [Port]
  public let outputs: [Port]
  public let parameters: Int
  public let operators: [String: Int]
  public let tensors: [Entry]
  public let nodes: [Node]

  public init(_ file: ONNXFile) {
    let graph = file.model.graph
    format = "onnx"
    path = file.paths[0]
    paths = file.paths
    producer = file.model.producer
    opsets = Dictionary(uniqueKeysWithValues: file.model.opsets.map { ($0.key.isEmpty ? "ai.onnx" : $0.key, $0.value) })
    inputs = graph.inputs.map(Port.init)
    outputs = graph.outputs.map(Port.init)
    tensors = graph.initializers.sorted { $0.key < $1.key }.map { name, tensor in
      Entry(name: name, type: tensor.type.description, shape: tensor.shape.extents)
    }
    // Tensors lie in files, so the sum of their counts is bounded by the files' sizes.
    parameters = graph.initializers.values.reduce(0) { $0 &+ $1.shape.elementCount }
    nodes = graph.nodes.map {
      let domain = $0.domain.isEmpty ? "" : $0.domain + "."
      return Node(name: $0.name, op: domain + $0.op, inputs: $0.inputs, outputs: $0.outputs)
    }
    operators = Dictionary(nodes.map { ($0.op, 1) }, uniquingKeysWith: +)
  }

  public var json: String { jsonText }

  public func text(tensors listed: Bool, graph shown: Bool) -> String {
    var lines = [
      "\(path): an ONNX model, \(parameters.grouped) parameters in \(tensors.count) tensors, \(nodes.count) nodes"
    ]
    var table = TextTable()
    table.add("from", producer.isEmpty ? "no producer stated" : producer)
    table.add("opsets", opsets.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    for external in paths.dropFirst() { table.add("data", external) }
    for port in inputs { table.add("input", port.text) }
    for port in outputs { table.add("output", port.text) }
    let counts = operators.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
    table.add("operators", counts.joined(separator: ", "))
    lines += table.lines()
    if shown {
      var list = TextTable(rightAligned: [0])
      for (index, node) in nodes.enumerated() {
        list.add("\(index)", node.op, node.outputs.joined(separator: ", "), "← " + node.inputs.joined(separator: ", "))
      }
      lines += list.lines()
    }
    if listed {
      var list = TextTable()
      for tensor in tensors { list.add(tensor.name, tensor.type, "\(tensor.shape)") }
      lines += list.lines()
    }
    return lines.joined(separator: "\n")
  }
}

extension ONNXReport.Port {
  init(_ value: ONNXValue) {
    name = value.name
    type = value.element?.description ?? "of no stated type"
    dimensions = value.shape.map { extents in
      extents.map { extent in
        switch extent {
        case .known(let number): "\(number)"
        case .symbol(let name): name
        case .unknown: "?"
        }
      }
    }
  }

  fileprivate var text: String {
    "\(name)  \(type) " + (dimensions.map { "[\($0.joined(separator: ", "))]" } ?? "of no stated shape")
  }
}
