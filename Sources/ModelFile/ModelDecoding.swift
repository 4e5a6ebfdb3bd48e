import CProtobufC
import CSchemas
import Graph
import Messages
import Safetensors
import Tensors

/// Unpacks and checks the message of a file.
struct ModelDecoder {
  let file: SafetensorsFile
  var path: String { file.path }

  /// Far more than any graph takes.
  static let sizeLimit = 64 << 20

  func decode() throws(ModelFileError) -> ConvertedModel {
    guard let entry = file.entry(named: ConvertedModel.tensorName) else { throw .notConverted(path: path) }
    guard entry.type == .uint8, entry.shape.rank == 1 else {
      throw .messageNotBytes(path: path, found: "\(entry.type) \(entry.shape)")
    }
    let size = entry.shape.elementCount
    guard size <= ModelDecoder.sizeLimit else {
      throw .messageTooLong(path: path, limit: ModelDecoder.sizeLimit, found: size)
    }
    return try tensor(entry.name).withBytes { (bytes) throws(ModelFileError) in try decode(bytes) }
  }

  private func decode(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) -> ConvertedModel {
    let budget = MessageBudget(forMessageOf: bytes.count)
    var allocator = budget.allocator
    defer { withExtendedLifetime(budget) {} }
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let message = adaroute__model__model__unpack(&allocator, bytes.count, start) else {
      throw .malformedMessage(path: path)
    }
    defer { adaroute__model__model__free_unpacked(message, &allocator) }
    return try model(message.pointee)
  }

  private func model(_ message: Adaroute__Model__Model) throws(ModelFileError) -> ConvertedModel {
    guard message.format_version == ConvertedModel.formatVersion else {
      throw .unsupportedVersion(
        path: path, supported: ConvertedModel.formatVersion, found: message.format_version)
    }
    guard let graph = message.graph?.pointee, let source = message.provenance?.pointee else {
      throw .malformedMessage(path: path)
    }
    var decoder = GraphDecoder(reader: self)
    try decoder.decode(graph)
    var model = ConvertedModel(
      graph: decoder.graph, preprocessing: try optionalText(message.preprocessing, "preprocessing"),
      labels: try texts(message.labels, message.n_labels, "labels"), provenance: try provenance(source))
    model.digests = decoder.digests
    model.imageSize = try imageSize(message)
    model.dense = try optionalText(message.dense, "dense")
    if let graft = message.graft?.pointee {
      let names = try texts(graft.tensors, graft.n_tensors, "graft")
      for name in names where decoder.graph.constants[name] == nil {
        throw .graftTensorUnknown(path: path, tensor: name)
      }
      model.graft = GraftRecipe(
        method: try text(graft.method, "graft"), configuration: try text(graft.configuration, "graft"),
        tensors: Set(names),
        baseStructure: graft.has_base_structure != 0
          ? try digest(graft.base_structure, of: "the base's structure") : nil,
        replaced: try fingerprints(messages(graft.replaced, graft.n_replaced)))
    }
    return model
  }

  /// Longer sides are refused: no network's input has them, and sizes stay far from overflow.
  private static let sideLimit: UInt32 = 65_535

  private func imageSize(_ message: Adaroute__Model__Model) throws(ModelFileError) -> (height: Int, width: Int)? {
    guard message.has_image_height != 0 || message.has_image_width != 0 else { return nil }
    let sides = [message.image_height, message.image_width]
    guard message.has_image_height != 0, message.has_image_width != 0,
      sides.allSatisfy({ (1...ModelDecoder.sideLimit).contains($0) })
    else { throw .imageSizeOutOfRange(path: path, height: sides[0], width: sides[1], limit: ModelDecoder.sideLimit) }
    return (Int(sides[0]), Int(sides[1]))
  }

  private func fingerprints(
    _ messages: [Adaroute__Model__Constant]
  ) throws(ModelFileError) -> [TensorFingerprint] {
    var tensors: [TensorFingerprint] = []
    var names: Set<String> = []
    for message in messages {
      let name = try text(message.name, "graft")
      let isNew = names.insert(name).inserted
      guard isNew else {
        throw .duplicateName(path: path, what: "replaced tensors", name: name)
      }
      let extents = UnsafeBufferPointer(start: message.shape, count: message.n_shape)
      guard let shape = Shape(checking: extents.map { Int(exactly: $0) ?? -1 }) else {
        throw .shapeOutOfRange(path: path, tensor: name)
      }
      tensors.append(
        TensorFingerprint(
          name: name, type: try elementType(message.type, "tensor \(printable(name))"), shape: shape,
          digest: try digest(message.digest, of: name)))
    }
    return tensors
  }

  private func digest(_ data: ProtobufCBinaryData, of name: String) throws(ModelFileError) -> Digest {
    let bytes = Array(UnsafeBufferPointer(start: data.data, count: data.len))
    guard let digest = Digest(bytes: bytes) else {
      throw .digestLength(path: path, tensor: name, found: bytes.count)
    }
    return digest
  }

  private func provenance(_ message: Adaroute__Model__Provenance) throws(ModelFileError) -> Provenance {
    Provenance(
      sourceName: try text(message.source_name, "provenance"),
      sourceFormat: try text(message.source_format, "provenance"),
      producer: try text(message.producer, "provenance"),
      version: try text(message.adaroute_version, "provenance"),
      configuration: try optionalText(message.configuration, "provenance"))
  }

  // MARK: Parts that messages share

  func tensor(_ name: String) throws(ModelFileError) -> Tensor {
    do throws(SafetensorsError) {
      return try file.tensor(named: name)
    } catch {
      throw .safetensors(error)
    }
  }

  func text(_ pointer: UnsafePointer<CChar>?, _ what: String) throws(ModelFileError) -> String {
    guard let pointer else { throw .malformedMessage(path: path) }
    guard let text = String(validatingCString: pointer) else { throw .invalidUTF8(path: path, what: what) }
    return text
  }

  func optionalText(_ pointer: UnsafePointer<CChar>?, _ what: String) throws(ModelFileError) -> String? {
    guard let pointer else { return nil }
    return try text(pointer, what)
  }

  func texts(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int, _ what: String
  ) throws(ModelFileError) -> [String] {
    var texts: [String] = []
    for text in UnsafeBufferPointer(start: pointer, count: count) { texts.append(try self.text(text, what)) }
    return texts
  }

  func elementType(_ pointer: UnsafePointer<CChar>?, _ what: String) throws(ModelFileError) -> ElementType {
    let name = try text(pointer, what)
    guard let type = ElementType(shortName: name) else {
      throw .unknownElementType(path: path, what: what, found: name)
    }
    return type
  }

  func dimension(_ text: String, _ what: String) throws(ModelFileError) -> Dimension {
    guard let dimension = Dimension(parsing: text) else {
      throw .invalidDimension(path: path, what: what, found: text)
    }
    return dimension
  }

  /// The messages of a repeated field.
  func messages<T>(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<T>?>?, _ count: Int
  ) throws(ModelFileError) -> [T] {
    var messages: [T] = []
    for message in UnsafeBufferPointer(start: pointer, count: count) {
      guard let message else { throw .malformedMessage(path: path) }
      messages.append(message.pointee)
    }
    return messages
  }
}
