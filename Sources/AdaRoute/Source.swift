public import Backbones
import Foundation
import Safetensors
import Tensors

/// A checkpoint as a user names it: a file to convert, and the configuration files that belong to it.
public struct Source: Sendable {
  public enum Format: String, Sendable { case safetensors, onnx, pytorch }

  /// A JSON file, kept as text and parsed.
  public struct Configuration: Sendable {
    public let path: String
    public let text: [UInt8]
    public let json: JSONValue
  }

  /// The file that was opened: a safetensors file, the index of a sharded one, a PyTorch or an ONNX file.
  public let path: String
  public let format: Format
  public internal(set) var configuration: Configuration?
  /// preprocessor_config.json, where there is one.
  public let preprocessor: Configuration?

  /// The files that were named or found.
  var paths: [String] { [path] + [configuration, preprocessor].compactMap { $0?.path } }

  /// Configuration files above this size are refused: they hold settings, not data.
  static let configurationLimit = 16 << 20

  /// What a folder may hold, in the order of preference.
  static let candidates = [
    "model.safetensors", "model.safetensors.index.json", "model.onnx", "pytorch_model.bin",
    "pytorch_model.bin.index.json",
  ]

  /// What training leaves beside a checkpoint.
  private static let leftovers: Set<String> = [
    "training_args.bin", "optimizer.bin", "optimizer.pt", "scheduler.bin", "scheduler.pt", "scaler.pt",
  ]

  /// Names a file, or a folder with one of `candidates` or else a single checkpoint of any name; `configuration` overrides the config.json found beside it.
  public init(path: String, configuration: String? = nil) throws {
    self.path = try Source.locate(path)
    format = try Source.format(of: self.path)
    let folder = URL(filePath: self.path).deletingLastPathComponent()
    func beside(_ name: String) throws -> Configuration? {
      try Source.existing(folder, name).map { try Source.read($0) }
    }
    self.configuration = try configuration.map { try Source.read($0) } ?? beside("config.json")
    preprocessor = try beside("preprocessor_config.json")
  }

  /// A checkpoint of one of the authors' published configurations.
  public init(path: String, preset: String) throws {
    self.path = try Source.locate(path)
    format = try Source.format(of: self.path)
    preprocessor = nil
    guard let json = try DensePreset.configuration(preset) else {
      throw SourceError.unknownPreset(preset, known: DensePreset.names)
    }
    configuration = Configuration(path: self.path, text: Array(json.compactJSON.utf8), json: json)
  }

  /// The file that a path stands for: itself, or what the folder holds.
  static func locate(_ path: String) throws(SourceError) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw .notFound(path) }
    guard isFolder.boolValue else { return path }
    let folder = URL(filePath: path, relativeTo: nil)
    let name: String
    if let usual = candidates.first(where: { existing(folder, $0) != nil }) {
      name = usual
    } else {
      let found = checkpoints(in: path)
      guard let only = found.first else { throw .emptyFolder(path, expected: candidates) }
      guard found.count == 1 else { throw .severalCheckpoints(path, found: found) }
      name = only
    }
    return joinedPath(path, name)
  }

  /// The names of a folder's checkpoints, sorted.
  private static func checkpoints(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { name in
      let suffix = URL(filePath: name).pathExtension.lowercased()
      return (["safetensors", "onnx"].contains(suffix) || CheckpointWeights.isTorch(name))
        && !leftovers.contains(name) && !name.hasPrefix(".") && !name.hasPrefix("rng_state")
    }.sorted()
  }

  private static func format(of path: String) throws(SourceError) -> Format {
    if CheckpointWeights.isTorchIndex(path) { return .pytorch }
    switch URL(filePath: path).pathExtension.lowercased() {
    case "onnx": return .onnx
    case _ where CheckpointWeights.isTorch(path): return .pytorch
    case "h5", "keras", "tflite", "gguf", "npz":
      throw .unsupportedFormat(path, format: URL(filePath: path).pathExtension)
    default: return .safetensors
    }
  }

  private static func existing(_ folder: URL, _ name: String) -> String? {
    let path = folder.appending(path: name).relativePath
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  private static func read(_ path: String) throws -> Configuration {
    let text = try smallFile(path)
    do throws(BackboneError) {
      return Configuration(path: path, text: text, json: try JSONValue(object: text))
    } catch {
      throw SourceError.configuration(path, error)
    }
  }

  /// The bytes of a file of settings.
  static func smallFile(_ path: String) throws -> [UInt8] {
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
  case severalCheckpoints(String, found: [String])
  case unsupportedFormat(String, format: String)
  case configurationTooLarge(String, limit: Int, found: Int)
  case configuration(String, BackboneError)
  case noConfiguration(String)
  case unknownPreset(String, known: [String])
}

extension SourceError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notFound(let path): "\(path): no such file or folder"
    case .emptyFolder(let path, let expected): "\(path): the folder holds none of \(expected.joined(separator: ", "))"
    case .severalCheckpoints(let path, let found):
      "\(path): the folder holds several checkpoints, name one: \(shortened(found, ", "))"
    case .unsupportedFormat(let path, let format): "\(path): \(format) files cannot be converted by this version"
    case .configurationTooLarge(let path, let limit, let found):
      "\(path): a configuration of at most \(limit) bytes expected, \(found) found"
    case .configuration(let path, let error): "\(path): \(error)"
    case .unknownPreset(let name, let known):
      "no published configuration is called \(name); known are \(known.joined(separator: ", "))"
    case .noConfiguration(let path): "\(path): no config.json beside it; name one with --config"
    }
  }
}

/// The path of a file in a folder whose own may end in a slash.
func joinedPath(_ folder: String, _ name: String) -> String {
  folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
}
