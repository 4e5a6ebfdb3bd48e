public import Backbones
import Foundation
import Safetensors
public import Tensors

/// A checkpoint as a user names it: its tensors, and the configuration files that belong to it.
public struct Source: Sendable {
  /// The file that was opened: a safetensors file or the index of a sharded one.
  public let path: String
  public let tensors: any TensorCollection
  public let configuration: JSONValue?
  /// The text of preprocessor_config.json, where there is one.
  public let preprocessor: [UInt8]?

  /// Configuration files above this size are refused: they hold settings, not data.
  private static let configurationLimit = 16 << 20

  /// Opens a safetensors file, an index, or a folder with one of these; `configuration` overrides the config.json
  /// found beside it.
  public init(path: String, configuration: String? = nil) throws {
    let file = try Source.locate(path)
    self.path = file
    tensors = try Source.open(file)
    let folder = URL(filePath: file).deletingLastPathComponent()
    if let configuration {
      self.configuration = try JSONValue(object: Source.read(configuration))
    } else if let beside = Source.existing(folder, "config.json") {
      self.configuration = try JSONValue(object: Source.read(beside))
    } else {
      self.configuration = nil
    }
    preprocessor = try Source.existing(folder, "preprocessor_config.json").map { try Source.read($0) }
  }

  private static func locate(_ path: String) throws(SourceError) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw .notFound(path) }
    guard isFolder.boolValue else { return path }
    let folder = URL(filePath: path)
    let candidates = ["model.safetensors", "model.safetensors.index.json", "model.onnx", "pytorch_model.bin"]
    guard let name = candidates.first(where: { existing(folder, $0) != nil }) else {
      throw .emptyFolder(path, expected: candidates)
    }
    return folder.appending(path: name).path
  }

  private static func open(_ path: String) throws -> any TensorCollection {
    let unsupported = [".onnx": "ONNX", ".pth": "PyTorch", ".pt": "PyTorch", ".bin": "PyTorch"]
    if let (_, format) = unsupported.sorted(by: { $0.key < $1.key }).first(where: { path.hasSuffix($0.key) }) {
      throw SourceError.unsupportedFormat(path, format: format)
    }
    return try openSafetensors(path: path)
  }

  private static func existing(_ folder: URL, _ name: String) -> String? {
    let path = folder.appending(path: name).path
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  private static func read(_ path: String) throws -> [UInt8] {
    let file = try MappedFile(path: path)
    guard file.bytes.count <= configurationLimit else {
      throw SourceError.configurationTooLarge(path, limit: configurationLimit, found: file.bytes.count)
    }
    return withExtendedLifetime(file) { [UInt8](file.bytes) }
  }
}

/// Why a source cannot be opened, beyond what its format's reader says.
public enum SourceError: Error, Hashable, Sendable {
  case notFound(String)
  case emptyFolder(String, expected: [String])
  case unsupportedFormat(String, format: String)
  case configurationTooLarge(String, limit: Int, found: Int)
  case noConfiguration(String)
}

extension SourceError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notFound(let path): "\(path): no such file or folder"
    case .emptyFolder(let path, let expected): "\(path): the folder holds none of \(expected.joined(separator: ", "))"
    case .unsupportedFormat(let path, let format): "\(path): \(format) files cannot be converted by this version"
    case .configurationTooLarge(let path, let limit, let found):
      "\(path): a configuration of at most \(limit) bytes expected, \(found) found"
    case .noConfiguration(let path): "\(path): no config.json beside it; name one with --config"
    }
  }
}
