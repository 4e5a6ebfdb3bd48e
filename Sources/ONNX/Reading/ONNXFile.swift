internal import Tensors

/// An ONNX file and the files that hold its external data, mapped into memory.
///
/// Opening checks the whole structure; the tensors' bytes stay on the disk until they are used. Tensors look
/// into the mappings without a copy, save integers that the file packs as varints.
public final class ONNXFile: Sendable {
  public let model: ONNXModel
  /// The model's file first, then those of its external data as they were opened.
  private let files: [MappedFile]

  public init(path: String) throws(ONNXError) {
    let file: MappedFile
    do throws(FileError) {
      file = try MappedFile(path: path)
    } catch {
      throw .file(error)
    }
    defer { withExtendedLifetime(file) {} }
    try ONNXFile.refuseWrongFile(file)
    let skeleton = try Skeleton.bytes(of: file.bytes, path: path)
    let external = ExternalFiles(model: path)
    let tensors = TensorDecoder(path: path, storage: Storage(mapping: file), external: external)
    model = try ModelDecoder(path: path, tensors: tensors).decode(skeleton)
    files = [file] + external.files
  }

  public var paths: [String] { files.map(\.path) }

  /// Throws where a file has shrunk since it was opened: its pages can no longer be read.
  public func validateStillWhole() throws(ONNXError) {
    do throws(FileError) {
      for file in files { try file.validateStillWhole() }
    } catch {
      throw .file(error)
    }
  }

  private static func refuseWrongFile(_ file: MappedFile) throws(ONNXError) {
    switch WrongFile.recognise(file.bytes) {
    case .empty: throw .emptyFile(path: file.path)
    case .gitLFSPointer(let oid, let size): throw .gitLFSPointer(path: file.path, oid: oid, size: size)
    case .format(.onnx), nil: return
    case .format(let format): throw .foreignFormat(path: file.path, format: format)
    }
  }
}

extension ONNXModel {
  /// Reads a file; see `ONNXFile`, which also tells the files that stay mapped.
  public init(path: String) throws(ONNXError) { self = try ONNXFile(path: path).model }
}
