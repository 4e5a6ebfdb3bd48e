import CProtobufC
import CSchemas
import Messages
import Tensors

/// An open ONNX file: its model, and the files that the model's tensors look into.
public final class ONNXFile: Sendable {
  public let path: String
  public let model: ONNXModel
  /// The file itself, then the files of external data in the order in which they were met.
  public var paths: [String] { files.map(\.path) }
  private let files: [MappedFile]

  /// Versions of the standard operator set that are read.
  public static let opsets = 7...24

  public init(path: String) throws(ONNXError) {
    let file: MappedFile
    do throws(FileError) { file = try MappedFile(path: path) } catch { throw .file(error) }
    try ONNXFile.refuseForeign(file.bytes, path: path)
    var scanner = WireScanner(path: path, bytes: file.bytes)
    try scanner.scan()
    let external = ExternalData(path: path)
    model = try ONNXFile.unpack(scanner.copy, path: path) { (message) throws(ONNXError) in
      try ModelReader(path: path, storage: Storage(mapping: file), external: external).model(message)
    }
    self.path = path
    files = [file] + external.files
  }

  /// Throws where a file that is looked into has shrunk since it was opened.
  public func validateStillWhole() throws(ONNXError) {
    do throws(FileError) { for file in files { try file.validateStillWhole() } } catch { throw .file(error) }
  }

  private static func refuseForeign(_ bytes: UnsafeRawBufferPointer, path: String) throws(ONNXError) {
    if bytes.isEmpty { throw .emptyFile(path: path) }
    if let pointer = GitLFSPointer(recognising: bytes) {
      throw .gitLFSPointer(path: path, oid: pointer.oid, size: pointer.size)
    }
    if let format = ForeignFormat(recognising: bytes), format != .onnx {
      throw .foreignFormat(path: path, format: format)
    }
    // A model's fields have numbers up to 25; writers begin with a low one.
    let (field, wireType) = (bytes[0] >> 3, bytes[0] & 7)
    guard field > 0, [0, 2].contains(wireType) else { throw .notProtobuf(path: path) }
  }

  private static func unpack(
    _ copy: [UInt8], path: String, _ body: (Onnx__Model) throws(ONNXError) -> ONNXModel
  ) throws(ONNXError) -> ONNXModel {
    // Attributes of a dozen bytes unpack to two hundred.
    let budget = MessageBudget(forMessageOf: copy.count, factor: 64)
    var allocator = budget.allocator
    defer { withExtendedLifetime(budget) {} }
    guard let message = onnx__model__unpack(&allocator, copy.count, copy) else {
      throw .malformedMessage(path: path)
    }
    defer { onnx__model__free_unpacked(message, &allocator) }
    return try body(message.pointee)
  }
}

extension ONNXModel {
  /// Reads a file; its tensors keep it mapped.
  public init(path: String) throws(ONNXError) { self = try ONNXFile(path: path).model }
}
