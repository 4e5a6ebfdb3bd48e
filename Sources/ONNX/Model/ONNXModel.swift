public import Tensors

/// An ONNX file's content, checked and free of protobuf: what lowering reads.
///
/// Tensors look into the mapped file, or into the mapped external data, without a copy.
public struct ONNXModel: Sendable {
  public var irVersion: Int
  /// The version of each operator set by its domain; the standard domain is `""`, never `ai.onnx`.
  public var opsets: [String: Int]
  /// What wrote the file, as the file says: `pytorch 2.15.0`. May be empty.
  public var producer: String
  /// The file's own key-value notes.
  public var metadata: [String: String]
  public var graph: ONNXGraph
  /// Operators that the file itself defines.
  public var functions: [ONNXFunction]

  public init(
    irVersion: Int, opsets: [String: Int], producer: String = "", metadata: [String: String] = [:],
    graph: ONNXGraph, functions: [ONNXFunction] = []
  ) {
    self.irVersion = irVersion
    self.opsets = opsets
    self.producer = producer
    self.metadata = metadata
    self.graph = graph
    self.functions = functions
  }
}

/// Nodes in the order of the file. Names are unique where ONNX asks for it; operands are defined before their users.
public struct ONNXGraph: Sendable {
  public var name: String
  /// Inputs that no initializer of the same name gives a value.
  public var inputs: [ONNXValue]
  public var outputs: [ONNXValue]
  public var initializers: [String: Tensor]
  public var nodes: [ONNXNode]

  public init(
    name: String = "", inputs: [ONNXValue], outputs: [ONNXValue], initializers: [String: Tensor] = [:],
    nodes: [ONNXNode]
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.initializers = initializers
    self.nodes = nodes
  }
}

/// A declared input or output.
public struct ONNXValue: Hashable, Sendable {
  public enum Extent: Hashable, Sendable {
    case known(Int)
    case symbol(String)
    case unknown
  }

  public var name: String
  /// Nil where a graph within a node does not state it, which need not be.
  public var element: ElementType?
  /// Nil where the file does not state a shape.
  public var shape: [Extent]?

  public init(name: String, element: ElementType?, shape: [Extent]?) {
    self.name = name
    self.element = element
    self.shape = shape
  }
}

public struct ONNXNode: Sendable {
  /// May be empty.
  public var name: String
  /// The standard domain is `""`.
  public var domain: String
  public var op: String
  /// An empty name is an operand that is left out.
  public var inputs: [String]
  public var outputs: [String]
  public var attributes: [String: ONNXAttribute]

  public init(
    name: String = "", domain: String = "", op: String, inputs: [String], outputs: [String],
    attributes: [String: ONNXAttribute] = [:]
  ) {
    self.name = name
    self.domain = domain
    self.op = op
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
  }
}

public indirect enum ONNXAttribute: Sendable {
  case float(Float)
  case int(Int64)
  case string(String)
  case tensor(Tensor)
  case graph(ONNXGraph)
  case floats([Float])
  case ints([Int64])
  case strings([String])
  /// Inside a function: the attribute of this name of the node that calls it.
  case reference(String)
  /// A kind that no supported operator has: sparse tensors, types, lists of tensors or graphs.
  case other(String)
}

public struct ONNXFunction: Sendable {
  public var domain: String
  public var name: String
  public var inputs: [String]
  public var outputs: [String]
  public var nodes: [ONNXNode]
  public var opsets: [String: Int]

  public init(
    domain: String, name: String, inputs: [String], outputs: [String], nodes: [ONNXNode], opsets: [String: Int]
  ) {
    self.domain = domain
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.nodes = nodes
    self.opsets = opsets
  }
}
