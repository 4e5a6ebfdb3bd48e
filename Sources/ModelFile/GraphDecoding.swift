import CProtobufC
import CSchemas
import Graph
import Safetensors
import Tensors

/// Builds a graph from its message; every type is computed anew.
struct GraphDecoder {
  let reader: ModelDecoder
  private(set) var graph = Graph()
  private(set) var digests: [String: Digest] = [:]
  /// By the numbers of `schemas/model.proto`.
  private var values: [ValueID] = []
  private var path: String { reader.path }

  init(reader: ModelDecoder) { self.reader = reader }

  mutating func decode(_ message: Adaroute__Model__Graph) throws(ModelFileError) {
    var names: Set<String> = []
    for input in try reader.messages(message.inputs, message.n_inputs) { try add(input, &names) }
    for constant in try reader.messages(message.constants, message.n_constants) { try add(constant) }
    for name in reader.file.names where name != ConvertedModel.tensorName && digests[name] == nil {
      throw .unlistedTensor(path: path, tensor: name)
    }
    let nodes = try reader.messages(message.nodes, message.n_nodes)
    for (position, node) in nodes.enumerated() { try add(node, position) }
    names = []
    for port in try reader.messages(message.outputs, message.n_outputs) {
      let (name, value) = try self.port(port, "output", &names)
      graph.addOutput(name, value)
    }
    names = []
    for port in try reader.messages(message.taps, message.n_taps) {
      let (name, value) = try self.port(port, "tap", &names)
      graph.setTap(name, value)
    }
    let sites = try reader.messages(message.sites, message.n_sites)
    for (position, site) in sites.enumerated() { graph.addSite(try self.site(site, position)) }
  }

  private mutating func add(
    _ message: Adaroute__Model__Input, _ names: inout Set<String>
  ) throws(ModelFileError) {
    let name = try reader.text(message.name, "input")
    let isNew = names.insert(name).inserted
    guard isNew else { throw .duplicateName(path: path, what: "inputs", name: name) }
    let what = "input \(printable(name))"
    let element = try reader.elementType(message.type, what)
    let dimensions = try self.dimensions(message.dimensions, message.n_dimensions, what)
    for dimension in dimensions where (dimension.constant ?? 0) < 0 {
      throw .invalidDimension(path: path, what: what, found: "\(dimension)")
    }
    values.append(graph.addInput(name, TensorType(element, dimensions)))
  }

  private mutating func add(_ message: Adaroute__Model__Constant) throws(ModelFileError) {
    let name = try reader.text(message.name, "constant")
    guard digests[name] == nil else { throw .duplicateName(path: path, what: "constants", name: name) }
    guard name != ConvertedModel.tensorName else { throw .reservedName(path: path, tensor: name) }
    let extents = UnsafeBufferPointer(start: message.shape, count: message.n_shape)
    guard let shape = Shape(checking: extents.map { Int(exactly: $0) ?? -1 }) else {
      throw .shapeOutOfRange(path: path, tensor: name)
    }
    let element = try reader.elementType(message.type, "tensor \(printable(name))")
    let bytes = Array(UnsafeBufferPointer(start: message.digest.data, count: message.digest.len))
    guard let digest = Digest(bytes: bytes) else {
      throw .digestLength(path: path, tensor: name, found: bytes.count)
    }
    guard let entry = reader.file.entry(named: name) else { throw .missingTensor(path: path, tensor: name) }
    let stored = entry.type.elementType
    let isNarrowed = element == .float32 && stored?.isHalfPrecision == true
    guard stored == element || isNarrowed, entry.shape == shape else {
      throw .tensorDiffers(
        path: path, tensor: name, expected: "\(SafetensorsType(element)) \(shape)",
        found: "\(entry.type) \(entry.shape)")
    }
    digests[name] = digest
    let content = Constant.Content.stored(try reader.tensor(name))
    values.append(
      graph.addConstant(Constant(name: name, isNarrowed ? .converted(content, element) : content)))
  }

  private mutating func add(_ message: Adaroute__Model__Node, _ position: Int) throws(ModelFileError) {
    let identifier = try reader.text(message.operator_identifier, "node \(position)")
    var what = "node \(position)"
    var attributes: [String: Attributes.Value] = [:]
    for attribute in try reader.messages(message.attributes, message.n_attributes) {
      let (name, value) = try self.attribute(attribute, what)
      let isNew = attributes.updateValue(value, forKey: name) == nil
      guard isNew else { throw .duplicateName(path: path, what: "attributes of \(what)", name: name) }
    }
    let name = try reader.text(message.name, what)
    if !name.isEmpty { what += " \(printable(name))" }
    var operands: [ValueID] = []
    for operand in UnsafeBufferPointer(start: message.operands, count: message.n_operands) {
      operands.append(try value(operand, what))
    }
    let op: (any Operator)?
    let results: [ValueID]
    do throws(TypeError) {
      op = try OperatorCatalog.decode(identifier, Attributes(attributes))
      results = try op.map { (op) throws(TypeError) in try graph.append(op, operands, name: name) } ?? []
    } catch {
      throw .typing(path: path, what: what, error)
    }
    guard op != nil else { throw .unknownOperator(path: path, what: what, identifier: identifier) }
    guard message.result_count == UInt64(results.count) else {
      throw .resultCount(path: path, what: what, declared: message.result_count, found: results.count)
    }
    values += results
  }

  private func attribute(
    _ message: Adaroute__Model__Attribute, _ what: String
  ) throws(ModelFileError) -> (String, Attributes.Value) {
    let name = try reader.text(message.name, what)
    let absent = ModelFileError.attributeWithoutValue(path: path, what: what, attribute: name)
    switch message.kind {
    case ADAROUTE__MODEL__ATTRIBUTE__KIND__INTEGER:
      guard message.has_integer != 0 else { throw absent }
      return (name, .integer(Int(message.integer)))
    case ADAROUTE__MODEL__ATTRIBUTE__KIND__INTEGERS:
      let integers = UnsafeBufferPointer(start: message.integers, count: message.n_integers)
      return (name, .integers(integers.map { Int($0) }))
    case ADAROUTE__MODEL__ATTRIBUTE__KIND__NUMBER:
      guard message.has_number != 0 else { throw absent }
      return (name, .number(message.number))
    case ADAROUTE__MODEL__ATTRIBUTE__KIND__TEXT:
      guard let text = try reader.optionalText(message.text, what) else { throw absent }
      return (name, .text(text))
    case ADAROUTE__MODEL__ATTRIBUTE__KIND__DIMENSIONS:
      return (name, .dimensions(try dimensions(message.dimensions, message.n_dimensions, what)))
    case ADAROUTE__MODEL__ATTRIBUTE__KIND__NUMBERS:
      return (name, .numbers(Array(UnsafeBufferPointer(start: message.numbers, count: message.n_numbers))))
    default: throw .unknownAttributeKind(path: path, what: what, attribute: name)
    }
  }

  private func port(
    _ message: Adaroute__Model__Port, _ kind: String, _ names: inout Set<String>
  ) throws(ModelFileError) -> (String, ValueID) {
    let name = try reader.text(message.name, kind)
    let isNew = names.insert(name).inserted
    guard isNew else { throw .duplicateName(path: path, what: "\(kind)s", name: name) }
    return (name, try value(message.value, "\(kind) \(printable(name))"))
  }

  private func site(_ message: Adaroute__Model__Site, _ position: Int) throws(ModelFileError) -> Site {
    let what = "site \(position)"
    let value = try value(message.value, what)
    let layout: Site.Layout
    let rank: Int
    switch message.layout {
    case ADAROUTE__MODEL__SITE__LAYOUT__TOKENS:
      let height = try reader.optionalText(message.height, what)
      let width = try reader.optionalText(message.width, what)
      guard message.has_prefix != 0, let height, let width else {
        throw .tokensWithoutGrid(path: path, what: what)
      }
      layout = .tokens(
        prefix: try count(message.prefix, "prefix of \(what)"), height: try reader.dimension(height, what),
        width: try reader.dimension(width, what))
      rank = 3
    case ADAROUTE__MODEL__SITE__LAYOUT__NHWC: (layout, rank) = (.nhwc, 4)
    case ADAROUTE__MODEL__SITE__LAYOUT__NCHW: (layout, rank) = (.nchw, 4)
    default: throw .unknownLayout(path: path, what: what)
    }
    let type = graph.type(of: value)
    guard type.rank == rank else { throw .siteRank(path: path, what: what, expected: rank, found: type) }
    return Site(
      block: try reader.text(message.block, what), slot: try count(message.slot, "slot of \(what)"),
      stage: message.has_stage != 0 ? try count(message.stage, "stage of \(what)") : nil, layout: layout,
      value: value)
  }

  private func value(_ number: UInt64, _ what: String) throws(ModelFileError) -> ValueID {
    guard number < UInt64(values.count) else {
      throw .valueNotDefined(path: path, what: what, value: number, defined: values.count)
    }
    return values[Int(number)]
  }

  private func count(_ number: Int64, _ what: String) throws(ModelFileError) -> Int {
    guard number >= 0 else { throw .negative(path: path, what: what, found: number) }
    return Int(number)
  }

  private func dimensions(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int, _ what: String
  ) throws(ModelFileError) -> [Dimension] {
    var dimensions: [Dimension] = []
    for text in try reader.texts(pointer, count, what) { dimensions.append(try reader.dimension(text, what)) }
    return dimensions
  }
}
