import Backbones
import Delta
import Grafting
import Images
import ModelFile
import ONNX
import Runtime
import Safetensors
import Tensors
import TorchCheckpoint

/// How a failure is told to the shell, after sysexits.h.
public enum Failure: Int32, CaseIterable, Sendable {
  /// The command line is wrong.
  case usage = 64
  /// A file's contents are wrong.
  case badData = 65
  /// A file to read is not there.
  case noInput = 66
  /// The file is sound, but holds what this version cannot do.
  case unsupported = 69
  /// A file cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed.
  case io = 74
  /// A delta is not signed by whom the policy trusts.
  case notTrusted = 77
  /// Base and delta do not belong together.
  case mismatch = 78

  /// The kind of an error that the library threw.
  public init(_ error: any Error) {
    switch error {
    case let error as FileError: self.init(file: error)
    case SigningError.unsigned, SigningError.notTrusted: self = .notTrusted
    case SigningError.alreadySigned, SigningError.tooManySignatures: self = .usage
    case SafetensorsError.file(let error), SigningError.file(let error), TorchError.file(let error),
      DeltaError.file(let error):
      self.init(file: error)
    case ModelFileError.safetensors(let error): self.init(error)
    case ImageError.unreadable(let error): self.init(file: error)
    case ConversionError.backbone(_, let error): self.init(error)
    case ConversionError.graft(_, let error): self.init(error)
    case ConversionError.lowering(_, let error): self.init(error)
    case ONNXError.file(let error), ExportError.file(let error), RuntimeError.file(let error): self.init(file: error)
    case let error as ModelExportError: self.init(error.error)
    case is ExportError, is ModelNamingError: self = .unsupported
    case LoweringError.unsupported, LoweringError.unknownAttributes, LoweringError.operandCount,
      LoweringError.result, LoweringError.undecided, ONNXError.unsupportedType, ONNXError.unsupportedOpset,
      ONNXError.sparseInitializer, ONNXError.irVersion, ONNXError.unsupportedOverload, ONNXError.unsupportedDefault:
      self = .unsupported
    case ONNXError.externalFileMissing: self = .noInput
    case TorchError.torchScript, TorchError.refusedGlobals, TorchError.byteOrder, TorchError.version,
      TorchError.unsupportedType, TorchError.transformed:
      self = .unsupported
    case RuntimeError.unavailableTier, DenseRunError.cannotPad: self = .unsupported
    case SafetensorsError.unsupportedType, SourceError.unsupportedFormat, BackboneError.unknownFamily,
      BackboneError.configUnsupported, GraftError.noSites,
      ModelFileError.unsupportedVersion, ModelFileError.unknownOperator, DeltaError.unsupportedVersion,
      ImageError.unsupportedFormat, ModelError.unknownMethod, ModelError.cannotReplace:
      self = .unsupported
    case SourceError.notFound, SourceError.emptyFolder, SourceError.noConfiguration: self = .noInput
    case SourceError.severalCheckpoints, SourceError.unknownPreset, GraftError.setting, RuntimeError.unknownOutput,
      RunError.noRoutes,
      RunError.sameName, ModelError.outputIsInput,
      ModelError.noPreprocessing,
      ModelError.notGrafted, ModelError.alreadyGrafted, DeltaError.levelOutOfRange, is DenseRunError,
      EvaluationError.foreignFolder, EvaluationError.otherResults:
      self = .usage
    case ModelError.baseDiffers, ModelError.baseHasMore, ModelError.baseStructureDiffers, ModelError.nothingShared,
      ModelError.otherNetwork, DeltaError.patchOfAnother:
      self = .mismatch
    default: self = .badData
    }
  }

  private init(file error: FileError) {
    switch error {
    case .notFound: self = .noInput
    case .notAFile: self = .badData
    case .cannotCreate: self = .cannotCreate
    case .cannotOpen, .cannotWrite, .truncated, .pagesLost: self = .io
    }
  }
}
