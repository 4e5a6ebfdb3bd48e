import Backbones
import Grafting
import Runtime
import Safetensors
import Tensors

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
  /// Base and delta do not belong together.
  case mismatch = 78

  /// The kind of an error that the library threw.
  public init(_ error: any Error) {
    switch error {
    case let error as FileError: self.init(file: error)
    case SafetensorsError.file(let error): self.init(file: error)
    case SafetensorsError.unsupportedType: self = .unsupported
    case SourceError.notFound, SourceError.emptyFolder: self = .noInput
    case SourceError.unsupportedFormat: self = .unsupported
    case SourceError.noConfiguration: self = .noInput
    case GraftError.setting: self = .usage
    case BackboneError.unknownFamily: self = .unsupported
    case RuntimeError.unknownOutput: self = .usage
    default: self = .badData
    }
  }

  private init(file error: FileError) {
    switch error {
    case .notFound: self = .noInput
    case .notAFile: self = .badData
    case .cannotCreate: self = .cannotCreate
    case .cannotOpen, .cannotWrite, .truncated: self = .io
    }
  }
}
