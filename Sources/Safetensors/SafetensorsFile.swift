public import Tensors

/// A safetensors file, mapped into memory; its tensors look into the mapping without a copy.
///
/// Opening reads the header and enforces every rule of the format (see `SafetensorsHeader`) before a tensor
/// can be asked for; the tensors' bytes stay on the disk until they are used.
public final class SafetensorsFile: SafetensorsCollection {
  public let path: String
  public let metadata: [String: String]
  public let entries: [TensorEntry]
  private let file: MappedFile
  private let storage: Storage

  public init(path: String) throws(SafetensorsError) {
    do throws(FileError) {
      file = try MappedFile(path: path)
    } catch {
      throw .file(error)
    }
    let header = try SafetensorsHeader(file.bytes, path: path)
    self.path = path
    metadata = header.metadata
    entries = header.entries
    storage = Storage(mapping: file)
  }

  public var paths: [String] { [path] }

  public func tensor(named name: String) throws(SafetensorsError) -> Tensor {
    guard let entry = entry(named: name) else { throw .tensorNotFound(path: path, tensor: name) }
    guard let type = entry.type.elementType else {
      throw .unsupportedType(path: path, tensor: name, type: entry.type)
    }
    let offset = entry.byteRange.lowerBound
    guard let tensor = Tensor(type: type, shape: entry.shape, storage: storage, offset: offset) else {
      preconditionFailure("a checked entry lies within its file")
    }
    return tensor
  }

  /// Calls `body` with a tensor's bytes, whatever its type; they are valid only during the call.
  public func withBytes<R>(
    named name: String, _ body: (UnsafeRawBufferPointer) -> R
  ) throws(SafetensorsError) -> R {
    guard let entry = entry(named: name) else { throw .tensorNotFound(path: path, tensor: name) }
    defer { withExtendedLifetime(file) {} }
    return body(UnsafeRawBufferPointer(rebasing: file.bytes[entry.byteRange]))
  }

  public func validateStillWhole() throws(SafetensorsError) {
    do throws(FileError) {
      try file.validateStillWhole()
    } catch {
      throw .file(error)
    }
  }
}
