import CSchemas
import Tensors

/// Turns an unpacked message into a checked model.
struct ModelReader {
  let path: String
  let tensors: TensorReader

  init(path: String, storage: Storage, external: ExternalData) {
    self.path = path
    tensors = TensorReader(path: path, storage: storage, external: external)
  }

  func model(_ message: Onnx__Model) throws(ONNXError) -> ONNXModel {
    guard let graph = message.graph?.pointee else { throw .noGraph(path: path) }
    let opsets = try self.opsets(message.opset_import, message.n_opset_import)
    guard let standard = opsets[""] else { throw .noOpset(path: path) }
    guard let version = Int(exactly: standard), ONNXFile.opsets.contains(version) else {
      throw .opsetVersion(path: path, supported: ONNXFile.opsets, found: standard)
    }
    var metadata: [String: String] = [:]
    for entry in items(message.metadata_props, message.n_metadata_props) {
      metadata[text(entry.key)] = text(entry.value)
    }
    var functions: [ONNXFunction] = []
    for function in items(message.functions, message.n_functions) { functions.append(try self.function(function)) }
    let producer = [text(message.producer_name), text(message.producer_version)].filter { !$0.isEmpty }
    return ONNXModel(
      irVersion: Int(message.ir_version), opsets: opsets.mapValues { Int(clamping: $0) },
      producer: producer.joined(separator: " "), metadata: metadata,
      graph: try self.graph(graph, outer: []), functions: functions)
  }

  private func opsets(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<Onnx__OperatorSet>?>?, _ count: Int
  ) throws(ONNXError) -> [String: Int64] {
    var opsets: [String: Int64] = [:]
    for opset in items(pointer, count) {
      let domain = ModelReader.domain(text(opset.domain))
      let isNew = opsets.updateValue(opset.version, forKey: domain) == nil
      guard isNew else { throw .duplicateName(path: path, what: "operator sets", name: domain) }
    }
    return opsets
  }

  private static func domain(_ name: String) -> String { name == "ai.onnx" ? "" : name }

  private func function(_ message: Onnx__Function) throws(ONNXError) -> ONNXFunction {
    var nodes: [ONNXNode] = []
    for (index, node) in items(message.node, message.n_node).enumerated() {
      nodes.append(try self.node(node, index, outer: nil))
    }
    return ONNXFunction(
      domain: ModelReader.domain(text(message.domain)), name: text(message.name),
      inputs: texts(message.input, message.n_input), outputs: texts(message.output, message.n_output), nodes: nodes,
      opsets: try opsets(message.opset_import, message.n_opset_import).mapValues { Int(clamping: $0) })
  }

  /// `outer` are the values that the graph sees from the one around it; nil where they cannot be known.
  private func graph(_ message: Onnx__Graph, outer: Set<String>?) throws(ONNXError) -> ONNXGraph {
    if let sparse = items(message.sparse_initializer, message.n_sparse_initializer).first {
      throw .sparse(path: path, what: "initializer \(quoted(text(sparse.values?.pointee.name)))")
    }
    var initializers: [String: Tensor] = [:]
    for tensor in items(message.initializer, message.n_initializer) {
      let name = text(tensor.name)
      guard !name.isEmpty else { throw .missingName(path: path, what: "an initializer") }
      let value = try tensors.tensor(tensor, "initializer \(quoted(name))")
      let isNew = initializers.updateValue(value, forKey: name) == nil
      guard isNew else { throw .duplicateName(path: path, what: "initializers", name: name) }
    }
    var inputs: [ONNXValue] = []
    var names: Set<String> = []
    for input in items(message.input, message.n_input) {
      let name = text(input.name)
      guard !name.isEmpty else { throw .missingName(path: path, what: "an input") }
      let isNew = names.insert(name).inserted
      guard isNew else { throw .duplicateName(path: path, what: "inputs", name: name) }
      if initializers[name] == nil { inputs.append(try value(input, "input")) }
    }
    var outputs: [ONNXValue] = []
    for output in items(message.output, message.n_output) { outputs.append(try value(output, "output")) }
    guard outer?.isEmpty == false || !outputs.isEmpty else { throw .noOutputs(path: path) }

    let known = names.union(initializers.keys)
    let seen = outer.map { $0.union(known) }
    var nodes: [ONNXNode] = []
    let messages = items(message.node, message.n_node)
    // A subgraph may read what any node of this graph makes.
    let made = Set(messages.flatMap { texts($0.output, $0.n_output) })
    for (index, node) in messages.enumerated() {
      nodes.append(try self.node(node, index, outer: seen.map { $0.union(made) }))
    }
    let order = NodeOrder(path: path, known: known, outer: outer)
    nodes = try order.sorted(nodes)
    if outer != nil { try order.require(outputs: outputs.map(\.name), nodes) }
    return ONNXGraph(
      name: text(message.name), inputs: inputs, outputs: outputs, initializers: initializers, nodes: nodes)
  }

  private func value(_ message: Onnx__ValueInfo, _ kind: String) throws(ONNXError) -> ONNXValue {
    let name = text(message.name)
    let what = "\(kind) \(quoted(name))"
    guard let type = message.type?.pointee.tensor_type?.pointee else {
      // An output's type follows from its node, so it need not be stated.
      guard kind == "output", message.type == nil else { throw .valueKind(path: path, what: what) }
      return ONNXValue(name: name, element: .float32, shape: nil)
    }
    let element = try tensors.elementType(type.elem_type, what)
    guard let shape = type.shape?.pointee else { return ONNXValue(name: name, element: element, shape: nil) }
    var extents: [ONNXValue.Extent] = []
    for extent in items(shape.dim, shape.n_dim) {
      if let symbol = extent.dim_param {
        extents.append(.symbol(String(cString: symbol)))
      } else if extent.has_dim_value != 0 {
        guard extent.dim_value >= 0, extent.dim_value < 1 << 40 else {
          throw .shapeOutOfRange(path: path, what: what, extents: [extent.dim_value])
        }
        extents.append(.known(Int(extent.dim_value)))
      } else {
        extents.append(.unknown)
      }
    }
    return ONNXValue(name: name, element: element, shape: extents)
  }

  private func node(_ message: Onnx__Node, _ index: Int, outer: Set<String>?) throws(ONNXError) -> ONNXNode {
    var node = ONNXNode(
      name: text(message.name), domain: ModelReader.domain(text(message.domain)), op: text(message.op_type),
      inputs: texts(message.input, message.n_input), outputs: texts(message.output, message.n_output))
    let what = NodeOrder.described(node, index)
    guard !node.op.isEmpty else { throw .missingName(path: path, what: "the operator of \(what)") }
    for attribute in items(message.attribute, message.n_attribute) {
      let name = text(attribute.name)
      let value = try self.attribute(attribute, "attribute \(quoted(name)) of \(what)", outer: outer)
      let isNew = node.attributes.updateValue(value, forKey: name) == nil
      guard isNew else { throw .duplicateName(path: path, what: "attributes of \(what)", name: name) }
    }
    return node
  }

  private func attribute(
    _ message: Onnx__Attribute, _ what: String, outer: Set<String>?
  ) throws(ONNXError) -> ONNXAttribute {
    if let reference = message.ref_attr_name, reference[0] != 0 { return .reference(String(cString: reference)) }
    switch message.type {
    case 1: return .float(message.f)
    case 2: return .int(message.i)
    case 3: return .string(bytes(message.s))
    case 4:
      guard let tensor = message.t?.pointee else { return .other("an absent tensor") }
      return .tensor(try tensors.tensor(tensor, what))
    case 5:
      guard let graph = message.g?.pointee else { return .other("an absent graph") }
      return .graph(try self.graph(graph, outer: outer))
    case 6: return .floats(Array(UnsafeBufferPointer(start: message.floats, count: message.n_floats)))
    case 7: return .ints(Array(UnsafeBufferPointer(start: message.ints, count: message.n_ints)))
    case 8:
      let strings = UnsafeBufferPointer(start: message.strings, count: message.n_strings)
      return .strings(strings.map { bytes($0) })
    case 9: return .other("a list of tensors")
    case 10: return .other("a list of graphs")
    case 11, 12: return .other("a sparse tensor")
    case 13, 14: return .other("a type")
    default: return .other("an attribute of type \(message.type)")
    }
  }
}
