import CProtobufC
import CSchemas
import Tensors

/// Makes graphs, nodes and attributes of messages. Whether their names fit together is for `NameChecker`.
struct GraphDecoder {
  let path: String
  let tensors: TensorDecoder
  let defaults: FunctionDefaults
  /// Operator sets that nodes may be of.
  var opsets: [String: Int] = [:]
  var isInFunction = false

  // MARK: Graphs

  /// `what` names the graph in errors.
  func graph(
    _ message: Onnx__GraphProto, _ what: String, isWithinNode: Bool = false
  ) throws(ONNXError) -> ONNXGraph {
    for sparse in try messages(message.sparse_initializer, message.n_sparse_initializer) {
      let name = try sparse.values.map { (values) throws(ONNXError) in try text(values.pointee.name, what) }
      throw .sparseInitializer(path: path, tensor: name ?? "")
    }
    var initializers: [String: Tensor] = [:]
    for (position, tensor) in try messages(message.initializer, message.n_initializer).enumerated() {
      let name = try name(tensor.name, "\(what): the name of initializer \(position)")
      let decoded = try tensors.decode(tensor, "tensor \(printable(name))")
      guard initializers.updateValue(decoded, forKey: name) == nil else {
        throw .duplicateInitializer(path: path, what: what, name: name)
      }
    }
    var inputs: [ONNXValue] = []
    var inputNames: Set<String> = []
    for (position, input) in try messages(message.input, message.n_input).enumerated() {
      let name = try name(input.name, "\(what): the name of input \(position)")
      guard inputNames.insert(name).inserted else {
        throw .duplicateInput(path: path, what: what, name: name)
      }
      guard initializers[name] == nil else { continue }
      inputs.append(try value(input, name, "input \(printable(name))", mayBeUntyped: isWithinNode))
    }
    var outputs: [ONNXValue] = []
    var outputNames: Set<String> = []
    for (position, output) in try messages(message.output, message.n_output).enumerated() {
      let name = try name(output.name, "\(what): the name of output \(position)")
      guard outputNames.insert(name).inserted else {
        throw .duplicateOutput(path: path, what: what, name: name)
      }
      outputs.append(try value(output, name, "output \(printable(name))", mayBeUntyped: isWithinNode))
    }
    guard !outputs.isEmpty else { throw .noOutputs(path: path, what: what) }
    return ONNXGraph(
      name: try text(message.name, what), inputs: inputs, outputs: outputs, initializers: initializers,
      nodes: try nodes(message.node, message.n_node))
  }

  private func value(
    _ message: Onnx__ValueInfoProto, _ name: String, _ what: String, mayBeUntyped: Bool
  ) throws(ONNXError) -> ONNXValue {
    guard let tensor = message.type?.pointee.tensor_type?.pointee else {
      if mayBeUntyped { return ONNXValue(name: name, element: nil, shape: nil) }
      throw .missingType(path: path, what: what)
    }
    if mayBeUntyped, tensor.elem_type == 0 { return ONNXValue(name: name, element: nil, shape: nil) }
    let element = try ElementKind.elementType(tensor.elem_type, path: path, what: what)
    guard let shape = tensor.shape?.pointee else {
      return ONNXValue(name: name, element: element, shape: nil)
    }
    guard shape.n_dim <= ONNXLimits.rank else {
      throw .rankTooHigh(path: path, what: what, limit: ONNXLimits.rank, found: shape.n_dim)
    }
    var extents: [ONNXValue.Extent] = []
    for (axis, dimension) in try messages(shape.dim, shape.n_dim).enumerated() {
      let symbol = try text(dimension.dim_param, what)
      if dimension.has_dim_value != 0 {
        guard let extent = Int(exactly: dimension.dim_value), extent >= 0 else {
          throw .negativeExtent(path: path, what: what, axis: axis, found: dimension.dim_value)
        }
        extents.append(.known(extent))
      } else {
        extents.append(symbol.isEmpty ? .unknown : .symbol(symbol))
      }
    }
    return ONNXValue(name: name, element: element, shape: extents)
  }

  // MARK: Nodes

  func nodes(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<Onnx__NodeProto>?>?, _ count: Int
  ) throws(ONNXError) -> [ONNXNode] {
    var nodes: [ONNXNode] = []
    nodes.reserveCapacity(count)
    for (position, message) in try messages(pointer, count).enumerated() {
      nodes.append(try node(message, position))
    }
    return nodes
  }

  private func node(_ message: Onnx__NodeProto, _ position: Int) throws(ONNXError) -> ONNXNode {
    let numbered = "node \(position)"
    var node = ONNXNode(
      name: try text(message.name, numbered), domain: standardised(try text(message.domain, numbered)),
      op: try name(message.op_type, "\(numbered): op_type"),
      inputs: try texts(message.input, message.n_input, numbered),
      outputs: try texts(message.output, message.n_output, numbered))
    let what = node.described(at: position)
    let overload = try text(message.overload, what)
    guard overload.isEmpty else { throw .unsupportedOverload(path: path, what: what, overload: overload) }
    guard opsets[node.domain] != nil else {
      throw .domainNotImported(path: path, what: what, domain: node.domain)
    }
    node.attributes = try attributes(message.attribute, message.n_attribute, what)
    try defaults.fill(&node, path: path)
    return node
  }

  // MARK: Attributes

  func attributes(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<Onnx__AttributeProto>?>?, _ count: Int,
    _ what: String
  ) throws(ONNXError) -> [String: ONNXAttribute] {
    var attributes: [String: ONNXAttribute] = [:]
    for (position, message) in try messages(pointer, count).enumerated() {
      let name = try name(message.name, "\(what): the name of attribute \(position)")
      guard attributes.updateValue(try attribute(message, name, what), forKey: name) == nil else {
        throw .attributeTwice(path: path, what: what, attribute: name)
      }
    }
    return attributes
  }

  private func attribute(
    _ message: Onnx__AttributeProto, _ name: String, _ what: String
  ) throws(ONNXError) -> ONNXAttribute {
    let reference = try text(message.ref_attr_name, what)
    guard reference.isEmpty else {
      guard isInFunction else {
        throw .referenceOutsideFunction(path: path, what: what, attribute: name, reference: reference)
      }
      return .reference(reference)
    }
    let place = "\(what): attribute \(printable(name))"
    // Writers may leave out a number that is zero or a text that is empty.
    switch message.type {
    case 1: return .float(message.f)
    case 2: return .int(message.i)
    case 3: return .string(try text(message.s, place))
    case 4:
      guard let tensor = message.t?.pointee else {
        throw .attributeWithoutValue(path: path, what: what, attribute: name, type: "tensor")
      }
      return .tensor(try tensors.decode(tensor, place))
    case 5:
      guard let graph = message.g?.pointee else {
        throw .attributeWithoutValue(path: path, what: what, attribute: name, type: "graph")
      }
      return .graph(try self.graph(graph, place, isWithinNode: true))
    case 6: return .floats(Array(UnsafeBufferPointer(start: message.floats, count: message.n_floats)))
    case 7: return .ints(Array(UnsafeBufferPointer(start: message.ints, count: message.n_ints)))
    case 8:
      var strings: [String] = []
      for bytes in UnsafeBufferPointer(start: message.strings, count: message.n_strings) {
        strings.append(try text(bytes, place))
      }
      return .strings(strings)
    case 9: return .other("TENSORS")
    case 10: return .other("GRAPHS")
    case 11: return .other("SPARSE_TENSOR")
    case 12: return .other("SPARSE_TENSORS")
    case 13: return .other("TYPE_PROTO")
    case 14: return .other("TYPE_PROTOS")
    case let type: throw .attributeType(path: path, what: what, attribute: name, found: type)
    }
  }
}

extension GraphDecoder {
  // MARK: Parts that messages share

  /// The domain's one name: the standard one is also called `ai.onnx`.
  func standardised(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }

  /// Text that may be left out; it then is empty.
  func text(_ pointer: UnsafePointer<CChar>?, _ what: String) throws(ONNXError) -> String {
    guard let pointer else { return "" }
    guard let text = String(validatingCString: pointer) else { throw .invalidUTF8(path: path, what: what) }
    return text
  }

  private func text(_ data: ProtobufCBinaryData, _ what: String) throws(ONNXError) -> String {
    let bytes = UnsafeBufferPointer(start: data.data, count: data.len)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .invalidUTF8(path: path, what: what)
    }
    return text
  }

  /// Text that must be there.
  func name(_ pointer: UnsafePointer<CChar>?, _ what: String) throws(ONNXError) -> String {
    let name = try text(pointer, what)
    guard !name.isEmpty else { throw .missingName(path: path, what: what) }
    return name
  }

  func texts(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int, _ what: String
  ) throws(ONNXError) -> [String] {
    var texts: [String] = []
    texts.reserveCapacity(count)
    for text in UnsafeBufferPointer(start: pointer, count: count) { texts.append(try self.text(text, what)) }
    return texts
  }

  /// The messages of a repeated field.
  func messages<T>(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<T>?>?, _ count: Int
  ) throws(ONNXError) -> [T] {
    var messages: [T] = []
    messages.reserveCapacity(count)
    for message in UnsafeBufferPointer(start: pointer, count: count) {
      guard let message else { throw .structureNotUnpacked(path: path, found: count) }
      messages.append(message.pointee)
    }
    return messages
  }
}

extension ONNXNode {
  /// For errors: `node "norm1" (LayerNormalization)`, or `node 3 (Add)` where it has no name.
  func described(at position: Int) -> String {
    "node \(name.isEmpty ? "\(position)" : printable(name)) (\(unquoted(op)))"
  }

  private func unquoted(_ text: String) -> Substring { printable(text).dropFirst().dropLast() }
}
