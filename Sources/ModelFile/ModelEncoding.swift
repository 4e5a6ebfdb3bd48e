import CProtobufC
import CSchemas
import Graph
import Messages
import Tensors

/// Packs a model as a message of `schemas/model.proto`.
struct ModelEncoder {
  let path: String
  private let memory = MessageMemory()

  init(path: String) { self.path = path }

  /// The message's length depends on neither the digests nor on which of them are missing.
  func encode(_ model: ConvertedModel, digests: [String: Digest]) throws(ModelFileError) -> [UInt8] {
    var message = Adaroute__Model__Model()
    adaroute__model__model__init(&message)
    message.format_version = ConvertedModel.formatVersion
    message.graph = memory.message(try graph(model.graph, digests))
    if let preprocessing = model.preprocessing { message.preprocessing = try text(preprocessing) }
    if let dense = model.dense { message.dense = try text(dense) }
    (message.labels, message.n_labels) = try texts(model.labels)
    message.provenance = memory.message(try provenance(model.provenance))
    if let graft = model.graft {
      for tensor in graft.tensors.sorted() where model.graph.constants[tensor] == nil {
        throw .graftTensorUnknown(path: path, tensor: tensor)
      }
      message.graft = memory.message(try self.graft(graft))
    }
    if let size = model.imageSize, let height = UInt32(exactly: size.height), let width = UInt32(exactly: size.width) {
      (message.has_image_height, message.image_height) = (1, height)
      (message.has_image_width, message.image_width) = (1, width)
    }
    // Such a length would place the message among the aligned tensors, before tensors whose digests it holds.
    if adaroute__model__model__get_packed_size(&message) % 64 == 0 {
      message.has_padding = 1
      message.padding = memory.data([0])
    }
    defer { withExtendedLifetime(memory) {} }
    return [UInt8](unsafeUninitializedCapacity: adaroute__model__model__get_packed_size(&message)) {
      buffer, count in
      count = adaroute__model__model__pack(&message, buffer.baseAddress)
    }
  }

  private func provenance(_ source: Provenance) throws(ModelFileError) -> Adaroute__Model__Provenance {
    var message = Adaroute__Model__Provenance()
    adaroute__model__provenance__init(&message)
    message.source_name = try text(source.sourceName)
    message.source_format = try text(source.sourceFormat)
    message.producer = try text(source.producer)
    message.adaroute_version = try text(source.version)
    if let configuration = source.configuration { message.configuration = try text(configuration) }
    return message
  }

  private func graft(_ recipe: GraftRecipe) throws(ModelFileError) -> Adaroute__Model__Graft {
    var message = Adaroute__Model__Graft()
    adaroute__model__graft__init(&message)
    message.method = try text(recipe.method)
    message.configuration = try text(recipe.configuration)
    (message.tensors, message.n_tensors) = try texts(recipe.tensors.sorted())
    if let structure = recipe.baseStructure {
      message.has_base_structure = 1
      message.base_structure = memory.data(structure.bytes)
    }
    var replaced: [UnsafeMutablePointer<Adaroute__Model__Constant>?] = []
    for tensor in recipe.replaced { replaced.append(memory.message(try constant(tensor))) }
    (message.replaced, message.n_replaced) = memory.array(replaced)
    return message
  }

  private func graph(
    _ graph: Graph, _ digests: [String: Digest]
  ) throws(ModelFileError) -> Adaroute__Model__Graph {
    var message = Adaroute__Model__Graph()
    adaroute__model__graph__init(&message)
    var numbers: [Graph.Definition: UInt64] = [:]

    var inputs: [UnsafeMutablePointer<Adaroute__Model__Input>?] = []
    for port in graph.inputs {
      let isNew = numbers.updateValue(UInt64(numbers.count), forKey: .input(port.name)) == nil
      guard isNew else { throw .duplicateName(path: path, what: "inputs", name: port.name) }
      inputs.append(memory.message(try input(port.name, graph.type(of: port.value))))
    }
    var constants: [UnsafeMutablePointer<Adaroute__Model__Constant>?] = []
    for (name, constant) in graph.constants.sorted(by: { $0.key < $1.key }) {
      numbers[.constant(name)] = UInt64(numbers.count)
      constants.append(memory.message(try self.constant(constant, digests[name] ?? .unknown)))
    }
    var nodes: [UnsafeMutablePointer<Adaroute__Model__Node>?] = []
    for node in graph.orderedNodes() {
      var operands: [UInt64] = []
      for operand in node.operands { operands.append(try number(graph.definition(of: operand), numbers)) }
      nodes.append(memory.message(try self.node(node, operands)))
      for result in node.results { numbers[graph.definition(of: result)] = UInt64(numbers.count) }
    }
    var outputs: [UnsafeMutablePointer<Adaroute__Model__Port>?] = []
    var outputNames: Set<String> = []
    for output in graph.outputs {
      let isNew = outputNames.insert(output.name).inserted
      guard isNew else { throw .duplicateName(path: path, what: "outputs", name: output.name) }
      let value = try number(graph.definition(of: output.value), numbers)
      outputs.append(memory.message(try port(output.name, value)))
    }
    var taps: [UnsafeMutablePointer<Adaroute__Model__Port>?] = []
    for (name, value) in graph.taps.sorted(by: { $0.key < $1.key }) {
      taps.append(memory.message(try port(name, try number(graph.definition(of: value), numbers))))
    }
    var sites: [UnsafeMutablePointer<Adaroute__Model__Site>?] = []
    for site in graph.sites {
      // A value without a number is one that no output and no tap needs.
      guard let value = numbers[graph.definition(of: site.value)] else { continue }
      sites.append(memory.message(try self.site(site, value)))
    }
    (message.inputs, message.n_inputs) = memory.array(inputs)
    (message.constants, message.n_constants) = memory.array(constants)
    (message.nodes, message.n_nodes) = memory.array(nodes)
    (message.outputs, message.n_outputs) = memory.array(outputs)
    (message.taps, message.n_taps) = memory.array(taps)
    (message.sites, message.n_sites) = memory.array(sites)
    return message
  }

  private func number(
    _ definition: Graph.Definition, _ numbers: [Graph.Definition: UInt64]
  ) throws(ModelFileError) -> UInt64 {
    if let number = numbers[definition] { return number }
    guard case .constant(let name) = definition else {
      preconditionFailure("inputs are all numbered, and nodes come after their operands")
    }
    throw .constantNotInGraph(path: path, tensor: name)
  }

  private func input(_ name: String, _ type: TensorType) throws(ModelFileError) -> Adaroute__Model__Input {
    var message = Adaroute__Model__Input()
    adaroute__model__input__init(&message)
    message.name = try text(name)
    message.type = memory.text(type.element.description)
    (message.dimensions, message.n_dimensions) = try texts(type.dimensions.map(\.description))
    return message
  }

  private func constant(
    _ constant: Constant, _ digest: Digest
  ) throws(ModelFileError) -> Adaroute__Model__Constant {
    var message = Adaroute__Model__Constant()
    adaroute__model__constant__init(&message)
    message.name = try text(constant.name)
    message.type = memory.text(constant.type.element.description)
    (message.shape, message.n_shape) = memory.array(constant.shape.extents.map(UInt64.init))
    message.digest = memory.data(digest.bytes)
    return message
  }

  private func constant(_ tensor: TensorFingerprint) throws(ModelFileError) -> Adaroute__Model__Constant {
    var message = Adaroute__Model__Constant()
    adaroute__model__constant__init(&message)
    message.name = try text(tensor.name)
    message.type = memory.text(tensor.type.description)
    (message.shape, message.n_shape) = memory.array(tensor.shape.extents.map(UInt64.init))
    message.digest = memory.data(tensor.digest.bytes)
    return message
  }

  private func node(_ node: Node, _ operands: [UInt64]) throws(ModelFileError) -> Adaroute__Model__Node {
    var message = Adaroute__Model__Node()
    adaroute__model__node__init(&message)
    message.operator_identifier = try text(node.op.identifier)
    message.name = try text(node.name)
    (message.operands, message.n_operands) = memory.array(operands)
    message.result_count = UInt64(node.results.count)
    var attributes: [UnsafeMutablePointer<Adaroute__Model__Attribute>?] = []
    for (name, value) in node.op.attributes.sorted {
      attributes.append(memory.message(try attribute(name, value)))
    }
    (message.attributes, message.n_attributes) = memory.array(attributes)
    return message
  }

  private func attribute(
    _ name: String, _ value: Attributes.Value
  ) throws(ModelFileError) -> Adaroute__Model__Attribute {
    var message = Adaroute__Model__Attribute()
    adaroute__model__attribute__init(&message)
    message.name = try text(name)
    switch value {
    case .integer(let value):
      message.kind = ADAROUTE__MODEL__ATTRIBUTE__KIND__INTEGER
      message.has_integer = 1
      message.integer = Int64(value)
    case .integers(let values):
      message.kind = ADAROUTE__MODEL__ATTRIBUTE__KIND__INTEGERS
      (message.integers, message.n_integers) = memory.array(values.map(Int64.init))
    case .number(let value):
      message.kind = ADAROUTE__MODEL__ATTRIBUTE__KIND__NUMBER
      message.has_number = 1
      message.number = value
    case .numbers(let values):
      message.kind = ADAROUTE__MODEL__ATTRIBUTE__KIND__NUMBERS
      (message.numbers, message.n_numbers) = memory.array(values)
    case .text(let value):
      message.kind = ADAROUTE__MODEL__ATTRIBUTE__KIND__TEXT
      message.text = try text(value)
    case .dimensions(let values):
      message.kind = ADAROUTE__MODEL__ATTRIBUTE__KIND__DIMENSIONS
      (message.dimensions, message.n_dimensions) = try texts(values.map(\.description))
    }
    return message
  }

  private func port(_ name: String, _ value: UInt64) throws(ModelFileError) -> Adaroute__Model__Port {
    var message = Adaroute__Model__Port()
    adaroute__model__port__init(&message)
    message.name = try text(name)
    message.value = value
    return message
  }

  private func site(_ site: Site, _ value: UInt64) throws(ModelFileError) -> Adaroute__Model__Site {
    var message = Adaroute__Model__Site()
    adaroute__model__site__init(&message)
    message.block = try text(site.block)
    message.slot = Int64(site.slot)
    if let stage = site.stage {
      message.has_stage = 1
      message.stage = Int64(stage)
    }
    message.value = value
    switch site.layout {
    case .tokens(let prefix, let height, let width):
      message.layout = ADAROUTE__MODEL__SITE__LAYOUT__TOKENS
      message.has_prefix = 1
      message.prefix = Int64(prefix)
      message.height = try text(height.description)
      message.width = try text(width.description)
    case .nhwc: message.layout = ADAROUTE__MODEL__SITE__LAYOUT__NHWC
    case .nchw: message.layout = ADAROUTE__MODEL__SITE__LAYOUT__NCHW
    }
    return message
  }

  /// A message's text ends at its first zero byte, so it may hold none.
  private func text(_ text: String) throws(ModelFileError) -> UnsafeMutablePointer<CChar> {
    guard !text.utf8.contains(0) else { throw .nulInText(path: path, text: text) }
    return memory.text(text)
  }

  private func texts(
    _ texts: [String]
  ) throws(ModelFileError) -> (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, Int) {
    var pointers: [UnsafeMutablePointer<CChar>?] = []
    for text in texts { pointers.append(try self.text(text)) }
    return memory.array(pointers)
  }
}

extension Digest {
  /// Stands for a digest that is not known yet.
  fileprivate static let unknown = Digest(bytes: [UInt8](repeating: 0, count: size)) ?? Digest(of: [])
}
