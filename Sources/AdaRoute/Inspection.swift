import Delta
import ModelFile
import ONNX
import Safetensors
import TorchCheckpoint

/// What `inspect` shows of any file that is read or written. Reads headers, no weights.
public enum Inspection: Sendable {
  case model(ModelReport)
  case safetensors(FileReport)
  case pytorch(FileReport)
  case delta(DeltaReport)
  case onnx(ONNXReport)

  /// `path` may be a folder with a checkpoint.
  public init(path: String) throws {
    let file = try Source.locate(path)
    switch try FileKind(path: file) {
    case .convertedModel: self = .model(ModelReport(try ConvertedModel(path: file), path: file))
    case .delta: self = .delta(DeltaReport(try DeltaFile(path: file)))
    case .safetensors, .shardIndex: self = .safetensors(FileReport(try openSafetensors(path: file), path: file))
    case .pytorch: self = .pytorch(FileReport(try TorchFile(path: file)))
    case .onnx: self = .onnx(ONNXReport(try ONNXFile(path: file)))
    }
  }

  public var json: String {
    switch self {
    case .model(let report): report.json
    case .safetensors(let report), .pytorch(let report): report.json
    case .delta(let report): report.json
    case .onnx(let report): report.json
    }
  }

  public func text(tensors: Bool, graph: Bool) -> String {
    switch self {
    case .model(let report): report.text(tensors: tensors, graph: graph)
    case .safetensors(let report), .pytorch(let report): report.text(tensors: tensors)
    case .delta(let report): report.text(tensors: tensors)
    case .onnx(let report): report.text(tensors: tensors, graph: graph)
    }
  }
}
