import Foundation
import Safetensors
import Tensors
import Testing
import TorchCheckpoint

/// A folder that is removed with this object.
final class TemporaryFolder {
  let path: String
  private var count = 0

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    return "\(path)/\(name)"
  }

  /// Calls `body` with a file of these bytes that is removed after. It never reaches the disk: Foundation would wait
  /// for that, and a file system for what a name stood for before.
  func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    count += 1
    let path = "\(path)/\(count).pth"
    let file = try #require(fopen(path, "w"))
    defer { unlink(path) }
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    fclose(file)
    try body(path)
  }

  /// What opening these bytes throws, in words, the path left out.
  func refusal(_ bytes: [UInt8]) throws -> String {
    let path = try write(bytes, to: "x.pth")
    do throws(TorchError) {
      let file = try TorchFile(path: path)
      return "opened: \(file.names)"
    } catch {
      return "\(error)".replacing("\(path): ", with: "")
    }
  }
}

/// The project's fixtures.
func fixture(_ name: String) -> String {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return tests.deletingLastPathComponent().appendingPathComponent("fixtures/\(name)").path
}

func read(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

func bytes(_ tensor: Tensor) -> [UInt8] { tensor.withBytes { Array($0) } }

/// SplitMix64: the same seed gives the same mutations on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
