import Graph
import Images
public import ModelFile
import Tensors

/// What a converted model's graph message says.
public struct ModelReport: Codable, Hashable, Sendable {
  public struct Port: Codable, Hashable, Sendable {
    public let name: String
    public let type: String
    public let dimensions: [String]
  }

  public struct Entry: Codable, Hashable, Sendable {
    public let name: String
    public let type: String
    public let shape: [Int]
    /// SHA-256 of the tensor's bytes.
    public let digest: String
  }

  public struct Node: Codable, Hashable, Sendable {
    public let op: String
    public let name: String
    public let attributes: [String: String]
    public let result: String
  }

  public struct Site: Codable, Hashable, Sendable {
    public let block: String
    public let slot: Int
    public let stage: Int?
    public let layout: String
  }

  public struct Graft: Codable, Hashable, Sendable {
    public let method: String
    public let configuration: String
    public let tensors: Int
  }

  public let format: String
  public let path: String
  public let source: String
  public let version: String
  public let inputs: [Port]
  public let outputs: [Port]
  public let parameters: Int
  public let operators: [String: Int]
  public let sites: [Site]
  public let graft: Graft?
  public let labels: [String]
  public let preprocessing: String?
  public let baseDigest: String
  public let tensors: [Entry]
  public let nodes: [Node]

  public init(_ model: ConvertedModel, path: String) {
    let graph = model.graph
    format = "adaroute"
    self.path = path
    source = "\(model.provenance.sourceName) (\(model.provenance.sourceFormat))"
    version = model.provenance.version
    func described(_ port: Graph.Port) -> Port {
      let type = graph.type(of: port.value)
      return Port(
        name: port.name, type: type.element.description, dimensions: type.dimensions.map(\.description))
    }
    inputs = graph.inputs.map(described)
    outputs = graph.outputs.map(described)
    parameters = graph.constants.values.reduce(0) { $0 &+ $1.shape.elementCount }
    let ordered = graph.orderedNodes()
    operators = Dictionary(ordered.map { ($0.op.identifier, 1) }, uniquingKeysWith: +)
    sites = graph.sites.map {
      Site(block: $0.block, slot: $0.slot, stage: $0.stage, layout: $0.layout.description)
    }
    graft = model.graft.map {
      Graft(method: $0.method, configuration: $0.configuration, tensors: $0.tensors.count)
    }
    labels = model.labels
    preprocessing = model.preprocessing
    baseDigest = Digest(of: model.baseFingerprints()).description
    let digests = model.completeDigests()
    tensors = graph.constants.sorted { $0.key < $1.key }.map { name, constant in
      Entry(
        name: name, type: constant.storedType.description, shape: constant.shape.extents,
        digest: digests[name]?.description ?? "")
    }
    nodes = ordered.map { node in
      Node(
        op: node.op.identifier, name: node.name,
        attributes: node.op.attributes.values.mapValues(\.description),
        result: graph.type(of: node.result).description)
    }
  }

  public var json: String { jsonText }

  public func text(tensors listed: Bool, graph shown: Bool) -> String {
    var lines = ["\(path): a converted model, \(parameters.grouped) parameters in \(tensors.count) tensors"]
    var table = TextTable()
    table.add("from", "\(source), by adaroute \(version)")
    for port in inputs { table.add("input", "\(port.name)  \(port.type) [\(port.dimensions.joined(separator: ", "))]") }
    for port in outputs {
      table.add("output", "\(port.name)  \(port.type) [\(port.dimensions.joined(separator: ", "))]")
    }
    let counts = operators.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
    table.add("operators", "\(nodes.count): " + counts.joined(separator: ", "))
    table.add("sites", sites.isEmpty ? "none" : "\(sites.count): \(sites[0].layout)")
    table.add("graft", graft.map { "\($0.method), \($0.tensors) tensors, \($0.configuration)" } ?? "none")
    table.add("labels", labels.isEmpty ? "none" : "\(labels.count)")
    table.add("images", Preprocessing(json: preprocessing)?.description ?? "no preprocessing stated")
    table.add("base", "SHA-256 \(baseDigest)")
    lines += table.lines()
    if shown {
      var list = TextTable(rightAligned: [0])
      for (index, node) in nodes.enumerated() {
        let attributes = node.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        list.add("\(index)", node.op, node.result, attributes.joined(separator: " "))
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

extension Site.Layout {
  /// `tokens, 1 before a grid of 14x14`
  var description: String {
    switch self {
    case .tokens(let prefix, let height, let width): "tokens, \(prefix) before a grid of \(height)x\(width)"
    case .nhwc: "NHWC"
    case .nchw: "NCHW"
    }
  }
}
