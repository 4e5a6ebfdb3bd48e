import CProtobufC
import CSchemas
import Graph
import Messages
import Tensors

extension ExportedModel {
  /// Bytes that one message may have.
  static let sizeLimit = Int(Int32.max)

  /// Writes the file, an initializer at a time; it appears whole or not at all. `progress` is told how many
  /// initializers are written, of how many. Returns the file's size in bytes.
  @discardableResult
  public func write(
    to path: String, progress: ((Int, Int) -> Void)? = nil
  ) throws(ExportError) -> Int {
    let parts = try MessageParts(self)
    guard parts.byteCount <= ExportedModel.sizeLimit else {
      throw .tooLarge(path: path, bytes: parts.byteCount, limit: ExportedModel.sizeLimit)
    }
    do throws(FileError) {
      let file = try OutputFile(path: path)
      try file.write(parts.model)
      try file.write(Wire.tag(7, length: parts.graphByteCount) + parts.graph)
      for (index, initializer) in initializers.enumerated() {
        try file.write(parts.headers[index])
        try initializer.content.tensor().withBytes { (bytes) throws(FileError) in try file.write(bytes) }
        try initializer.content.source.storage.validateStillWhole()
        progress?(index + 1, initializers.count)
      }
      try file.commit()
      return file.count
    } catch {
      throw .file(error)
    }
  }
}

/// The file's bytes but for the initializers' data.
///
///     model    ModelProto without its graph
///     7, n     the graph's tag and length
///     graph    GraphProto without its initializers
///     ...      for each initializer: tag and length, TensorProto without data, tag and length of raw_data, data
private struct MessageParts {
  let model: [UInt8]
  let graph: [UInt8]
  let headers: [[UInt8]]
  let graphByteCount: Int

  var byteCount: Int { model.count + Wire.tag(7, length: graphByteCount).count + graphByteCount }

  init(_ exported: ExportedModel) throws(ExportError) {
    let encoder = MessageEncoder()
    model = try encoder.model(exported)
    graph = try encoder.graph(exported)
    var headers: [[UInt8]] = []
    var total = graph.count
    for initializer in exported.initializers {
      let data = initializer.content.shape.elementCount * initializer.content.elementType.size
      let tensor = try encoder.tensor(initializer) + Wire.tag(9, length: data)
      let header = Wire.tag(5, length: tensor.count + data) + tensor
      headers.append(header)
      // Each tensor fits in memory; their sum may not.
      let (sum, overflow) = total.addingReportingOverflow(header.count + data)
      total = overflow ? Int.max >> 1 : sum
    }
    self.headers = headers
    graphByteCount = total
  }
}

/// Tags of length-delimited fields.
private enum Wire {
  static func tag(_ field: Int, length: Int) -> [UInt8] { varint(field << 3 | 2) + varint(length) }

  private static func varint(_ number: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = UInt64(number)
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}

/// Packs messages of `schemas/onnx.proto`.
private struct MessageEncoder {
  private let memory = MessageMemory()

  func model(_ exported: ExportedModel) throws(ExportError) -> [UInt8] {
    var message = Onnx__ModelProto()
    onnx__model_proto__init(&message)
    message.has_ir_version = 1
    message.ir_version = Int64(exported.irVersion)
    message.producer_name = try text(exported.producer)
    message.producer_version = try text(exported.producerVersion)
    var opset = Onnx__OperatorSetIdProto()
    onnx__operator_set_id_proto__init(&opset)
    opset.domain = try text("")
    opset.has_version = 1
    opset.version = Int64(exported.opset)
    (message.opset_import, message.n_opset_import) = memory.array([Optional(memory.message(opset))])
    defer { withExtendedLifetime(memory) {} }
    return packed(onnx__model_proto__get_packed_size(&message)) { onnx__model_proto__pack(&message, $0) }
  }

  func graph(_ exported: ExportedModel) throws(ExportError) -> [UInt8] {
    var message = Onnx__GraphProto()
    onnx__graph_proto__init(&message)
    message.name = try text("network")
    var nodes: [UnsafeMutablePointer<Onnx__NodeProto>?] = []
    for node in exported.nodes { nodes.append(memory.message(try self.node(node))) }
    (message.node, message.n_node) = memory.array(nodes)
    (message.input, message.n_input) = try values(exported.inputs)
    (message.output, message.n_output) = try values(exported.outputs)
    defer { withExtendedLifetime(memory) {} }
    return packed(onnx__graph_proto__get_packed_size(&message)) { onnx__graph_proto__pack(&message, $0) }
  }

  /// Without its data.
  func tensor(_ initializer: ExportedModel.Initializer) throws(ExportError) -> [UInt8] {
    var message = Onnx__TensorProto()
    onnx__tensor_proto__init(&message)
    message.name = try text(initializer.name)
    (message.dims, message.n_dims) = memory.array(initializer.content.shape.extents.map(Int64.init))
    message.has_data_type = 1
    message.data_type = ElementKind(initializer.content.elementType)?.rawValue ?? 0
    defer { withExtendedLifetime(memory) {} }
    return packed(onnx__tensor_proto__get_packed_size(&message)) { onnx__tensor_proto__pack(&message, $0) }
  }

  private func packed(_ size: Int, _ pack: (UnsafeMutablePointer<UInt8>?) -> Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: size) { buffer, count in count = pack(buffer.baseAddress) }
  }

  private func node(_ node: ONNXNode) throws(ExportError) -> Onnx__NodeProto {
    var message = Onnx__NodeProto()
    onnx__node_proto__init(&message)
    message.name = try text(node.name)
    message.op_type = try text(node.op)
    (message.input, message.n_input) = try texts(node.inputs)
    (message.output, message.n_output) = try texts(node.outputs)
    var attributes: [UnsafeMutablePointer<Onnx__AttributeProto>?] = []
    for (name, value) in node.attributes.sorted(by: { $0.key < $1.key }) {
      attributes.append(memory.message(try attribute(name, value)))
    }
    (message.attribute, message.n_attribute) = memory.array(attributes)
    return message
  }

  private func attribute(_ name: String, _ value: ONNXAttribute) throws(ExportError) -> Onnx__AttributeProto {
    var message = Onnx__AttributeProto()
    onnx__attribute_proto__init(&message)
    message.name = try text(name)
    message.has_type = 1
    switch value {
    case .float(let number):
      message.type = 1
      message.has_f = 1
      message.f = number
    case .int(let number):
      message.type = 2
      message.has_i = 1
      message.i = number
    case .string(let word):
      message.type = 3
      message.has_s = 1
      message.s = memory.data(Array(word.utf8))
    case .floats(let numbers):
      message.type = 6
      (message.floats, message.n_floats) = memory.array(numbers)
    case .ints(let numbers):
      message.type = 7
      (message.ints, message.n_ints) = memory.array(numbers)
    default: preconditionFailure("writings give numbers, words and lists of numbers only")
    }
    return message
  }

  private func values(
    _ values: [ONNXValue]
  ) throws(ExportError) -> (UnsafeMutablePointer<UnsafeMutablePointer<Onnx__ValueInfoProto>?>, Int) {
    var messages: [UnsafeMutablePointer<Onnx__ValueInfoProto>?] = []
    for value in values { messages.append(memory.message(try self.value(value))) }
    return memory.array(messages)
  }

  private func value(_ value: ONNXValue) throws(ExportError) -> Onnx__ValueInfoProto {
    var dimensions: [UnsafeMutablePointer<Onnx__DimensionProto>?] = []
    for extent in value.shape ?? [] {
      var dimension = Onnx__DimensionProto()
      onnx__dimension_proto__init(&dimension)
      switch extent {
      case .known(let number):
        dimension.has_dim_value = 1
        dimension.dim_value = Int64(number)
      case .symbol(let name): dimension.dim_param = try text(name)
      case .unknown: break
      }
      dimensions.append(memory.message(dimension))
    }
    var shape = Onnx__TensorShapeProto()
    onnx__tensor_shape_proto__init(&shape)
    (shape.dim, shape.n_dim) = memory.array(dimensions)
    var tensor = Onnx__TensorTypeProto()
    onnx__tensor_type_proto__init(&tensor)
    tensor.has_elem_type = 1
    tensor.elem_type = value.element.flatMap(ElementKind.init)?.rawValue ?? 0
    tensor.shape = memory.message(shape)
    var type = Onnx__TypeProto()
    onnx__type_proto__init(&type)
    type.tensor_type = memory.message(tensor)
    var message = Onnx__ValueInfoProto()
    onnx__value_info_proto__init(&message)
    message.name = try text(value.name)
    message.type = memory.message(type)
    return message
  }

  /// A message's text ends at its first zero byte, so it may hold none.
  private func text(_ text: String) throws(ExportError) -> UnsafeMutablePointer<CChar> {
    guard !text.utf8.contains(0) else { throw .nulInText(text) }
    return memory.text(text)
  }

  private func texts(
    _ texts: [String]
  ) throws(ExportError) -> (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, Int) {
    var pointers: [UnsafeMutablePointer<CChar>?] = []
    for text in texts { pointers.append(try self.text(text)) }
    return memory.array(pointers)
  }
}
