import Foundation
import ONNX
import Tensors

/// A folder that is removed with this object.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// A new file, so that one that is mapped stays as it is. The disk is not waited for. `hole` zeros follow.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String, hole: Int = 0) throws -> String {
    unlink(file(name))
    guard let stream = fopen(file(name), "w") else { throw CocoaError(.fileWriteUnknown) }
    let written = fwrite(bytes, 1, bytes.count, stream)
    guard fclose(stream) == 0, written == bytes.count else { throw CocoaError(.fileWriteUnknown) }
    guard hole == 0 || truncate(file(name), bytes.count + hole) == 0 else {
      throw CocoaError(.fileWriteUnknown)
    }
    return file(name)
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: file(name), withDestinationPath: target)
  }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
  }

  /// What `body` throws, in words, the folder's path left out.
  func failure(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)".replacing("\(path)/", with: "").replacing(path, with: "FOLDER")
    }
  }

  /// Why `model.onnx` of these bytes is refused; its name is left out.
  func refusal(_ bytes: [UInt8]) throws -> String {
    let path = try write(bytes, to: "model.onnx")
    return failure { _ = try ONNXModel(path: path) }.replacing("model.onnx: ", with: "")
  }
}

/// The project's fixtures.
func fixture(_ name: String) -> String {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  return root.appendingPathComponent("fixtures/\(name)").path
}

func read(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

extension Tensor {
  var contents: [UInt8] { withBytes { [UInt8]($0) } }
}
