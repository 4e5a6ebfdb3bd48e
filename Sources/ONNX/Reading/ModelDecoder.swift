internal import CProtobufC
internal import CSchemas
internal import Tensors

/// Makes a model of a file's skeleton.
struct ModelDecoder {
  let path: String
  let tensors: TensorDecoder

  func decode(_ skeleton: [UInt8]) throws(ONNXError) -> ONNXModel {
    let budget = MessageBudget(forMessageOf: skeleton.count)
    var allocator = budget.allocator
    defer { withExtendedLifetime(budget) {} }
    guard let message = onnx__model_proto__unpack(&allocator, skeleton.count, skeleton) else {
      throw .structureNotUnpacked(path: path, found: skeleton.count)
    }
    defer { onnx__model_proto__free_unpacked(message, &allocator) }
    return try model(message.pointee)
  }

  private func model(_ message: Onnx__ModelProto) throws(ONNXError) -> ONNXModel {
    guard let graph = message.graph?.pointee else { throw .missingGraph(path: path) }
    guard message.ir_version >= Int64(ONNXLimits.oldestIRVersion) else {
      throw .irVersion(path: path, expected: ONNXLimits.oldestIRVersion, found: message.ir_version)
    }
    let defaults = FunctionDefaults()
    var decoder = GraphDecoder(path: path, tensors: tensors, defaults: defaults)
    decoder.opsets = try opsets(message.opset_import, message.n_opset_import, decoder)
    guard !decoder.opsets.isEmpty else { throw .missingOpsets(path: path) }
    let names = NameChecker(path: path)
    let functions = try self.functions(message, decoder)
    var checked: [ONNXFunction] = []
    for function in functions { checked.append(try names.check(function)) }
    try FunctionCalls(path: path, functions: checked).refuseRecursion()
    return ONNXModel(
      irVersion: Int(message.ir_version), opsets: decoder.opsets, producer: try producer(message, decoder),
      metadata: try metadata(message, decoder),
      graph: try names.check(decoder.graph(graph, "the graph"), "the graph"), functions: checked)
  }

  private func producer(_ message: Onnx__ModelProto, _ decoder: GraphDecoder) throws(ONNXError) -> String {
    let name = try decoder.text(message.producer_name, "producer_name")
    let version = try decoder.text(message.producer_version, "producer_version")
    return name.isEmpty || version.isEmpty ? name + version : "\(name) \(version)"
  }

  private func metadata(
    _ message: Onnx__ModelProto, _ decoder: GraphDecoder
  ) throws(ONNXError) -> [String: String] {
    var metadata: [String: String] = [:]
    for entry in try decoder.messages(message.metadata_props, message.n_metadata_props) {
      let key = try decoder.text(entry.key, "metadata_props")
      guard metadata.updateValue(try decoder.text(entry.value, "metadata_props"), forKey: key) == nil else {
        throw .metadataTwice(path: path, key: key)
      }
    }
    return metadata
  }

  private func opsets(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<Onnx__OperatorSetIdProto>?>?, _ count: Int,
    _ decoder: GraphDecoder
  ) throws(ONNXError) -> [String: Int] {
    var opsets: [String: Int] = [:]
    for message in try decoder.messages(pointer, count) {
      let domain = decoder.standardised(try decoder.text(message.domain, "opset_import"))
      let expected = domain.isEmpty ? ONNXLimits.standardOpsets : 1...Int(Int32.max)
      guard let version = Int(exactly: message.version), expected.contains(version) else {
        throw .unsupportedOpset(path: path, domain: domain, expected: expected, found: message.version)
      }
      guard opsets.updateValue(version, forKey: domain) == nil else {
        throw .opsetTwice(path: path, domain: domain)
      }
    }
    return opsets
  }

  // MARK: Functions

  /// Adds to the decoder's defaults before any node is read: functions call one another.
  private func functions(
    _ message: Onnx__ModelProto, _ decoder: GraphDecoder
  ) throws(ONNXError) -> [ONNXFunction] {
    let messages = try decoder.messages(message.functions, message.n_functions)
    var functions: [ONNXFunction] = []
    for (position, message) in messages.enumerated() {
      let place = "function \(position)"
      var function = ONNXFunction(
        domain: decoder.standardised(try decoder.text(message.domain, place)),
        name: try decoder.name(message.name, "the name of \(place)"),
        inputs: try decoder.texts(message.input, message.n_input, place),
        outputs: try decoder.texts(message.output, message.n_output, place), nodes: [], opsets: [:])
      let what = function.described
      let overload = try decoder.text(message.overload, what)
      guard overload.isEmpty else { throw .unsupportedOverload(path: path, what: what, overload: overload) }
      function.opsets = try opsets(message.opset_import, message.n_opset_import, decoder)
      let key = FunctionKey(domain: function.domain, name: function.name)
      let defaults = try decoder.attributes(message.attribute_proto, message.n_attribute_proto, what)
      for (name, attribute) in defaults.sorted(by: { $0.key < $1.key }) {
        // A graph would have to be checked anew at every call.
        guard case .graph = attribute else { continue }
        throw .unsupportedDefault(path: path, what: what, attribute: name, type: "GRAPH")
      }
      guard decoder.defaults.add(defaults, of: key) else { throw .functionTwice(path: path, what: what) }
      functions.append(function)
    }
    for (position, message) in messages.enumerated() {
      var body = decoder
      body.opsets = functions[position].opsets
      body.isInFunction = true
      functions[position].nodes = try body.nodes(message.node, message.n_node)
    }
    return functions
  }
}
