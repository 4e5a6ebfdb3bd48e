import Delta
import ModelFile
import Safetensors
import Tensors

/// What a file is, told by its name, its first bytes and, for safetensors, its header.
public enum FileKind: Hashable, Sendable {
  case convertedModel, safetensors, shardIndex, pytorch, onnx, delta

  /// Unrecognised files count as safetensors, whose reader says what is wrong with them.
  public init(path: String) throws {
    if path.hasSuffix(".json") {
      self = .shardIndex
      return
    }
    let file = try MappedFile(path: path)
    defer { withExtendedLifetime(file) {} }
    if DeltaFile.recognises(file.bytes) {
      self = .delta
    } else if path.hasSuffix(".onnx") {
      self = .onnx
    } else if CheckpointWeights.isTorch(path) {
      self = .pytorch
    } else if let tensors = try? SafetensorsFile(path: path), tensors.contains(ConvertedModel.tensorName) {
      self = .convertedModel
    } else {
      self = path.hasSuffix(".adaroute") ? .convertedModel : path.hasSuffix(".ardelta") ? .delta : .safetensors
    }
  }
}
