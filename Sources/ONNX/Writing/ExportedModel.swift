public import Graph
import Tensors

/// A graph written in operators of ONNX, ready for a file.
///
/// Inputs and outputs keep their names, constants as well; open extents stay open. Values inside the network that
/// are only asked for by name (taps) are left out.
public struct ExportedModel: Sendable {
  /// A constant of the file. Its content is computed when it is written, so that no second copy of the weights
  /// is held.
  public struct Initializer: Sendable {
    public let name: String
    /// The constant of the graph that it comes from, or its own name.
    public let origin: String
    public let content: Constant.Content
  }

  public let opset: Int
  public let producer: String
  public let producerVersion: String
  public let inputs: [ONNXValue]
  public let outputs: [ONNXValue]
  public let nodes: [ONNXNode]
  public let initializers: [Initializer]

  public static let opsets = 17...23
  public static let defaultOpset = 17

  /// The identifiers of the operators that can be written, each with the settings that ONNX has a form for.
  public static var writtenOperators: Set<String> { Set(WritingTable.byIdentifier.keys) }

  public init(
    _ graph: Graph, opset: Int = defaultOpset, producer: String = "adaroute", producerVersion: String = ""
  ) throws(ExportError) {
    guard ExportedModel.opsets.contains(opset) else {
      throw .opset(found: opset, supported: ExportedModel.opsets)
    }
    let exporter = Exporter(graph, opset: opset)
    try exporter.run()
    self.opset = opset
    self.producer = producer
    self.producerVersion = producerVersion
    inputs = graph.inputs.map { ONNXValue($0.name, graph.type(of: $0.value)) }
    outputs = graph.outputs.map { ONNXValue($0.name, graph.type(of: $0.value)) }
    nodes = exporter.nodes
    // What a writing asked for and then found no use for would draw warnings from runtimes.
    let read = Set(exporter.nodes.flatMap(\.inputs) + outputs.map(\.name))
    initializers = exporter.initializers.filter { read.contains($0.name) }
    for value in inputs + outputs {
      if let element = value.element, ElementKind(element) == nil {
        throw .elementType(value: value.name, found: element)
      }
    }
    for initializer in initializers where ElementKind(initializer.content.elementType) == nil {
      throw .elementType(value: initializer.name, found: initializer.content.elementType)
    }
  }

  /// The revision of the file format that came with the operator set.
  var irVersion: Int {
    switch opset {
    case ...17: 8
    case 18: 8
    case 19...20: 9
    case 21...22: 10
    default: 11
    }
  }

  /// The model as it is read back, every constant computed.
  public var model: ONNXModel {
    let tensors = initializers.map { ($0.name, $0.content.tensor()) }
    return ONNXModel(
      irVersion: irVersion, opsets: ["": opset], producer: "\(producer) \(producerVersion)",
      graph: ONNXGraph(
        name: "network", inputs: inputs, outputs: outputs,
        initializers: Dictionary(uniqueKeysWithValues: tensors), nodes: nodes))
  }
}

extension ONNXValue {
  fileprivate init(_ name: String, _ type: TensorType) {
    let shape = type.dimensions.map { dimension -> Extent in
      dimension.constant.map(Extent.known) ?? .symbol("\(dimension)")
    }
    self.init(name: name, element: type.element, shape: shape)
  }
}
