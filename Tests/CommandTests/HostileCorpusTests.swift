import Foundation
import Testing

/// Every file of fixtures/hostile is refused in words, with a documented exit code, and leaves nothing behind.
@Suite struct HostileCorpusTests {
  struct Case: CustomStringConvertible, Sendable {
    let kind: String
    let url: URL
    var description: String { kind + "/" + url.lastPathComponent }
  }

  static let kinds = ["safetensors", "index", "onnx", "operators", "pickle", "delta", "converted", "image"]

  static let cases: [Case] = kinds.flatMap { kind in
    let folder = Tool.fixtures.appending(path: "hostile/\(kind)")
    let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return files.sorted { $0.path < $1.path }.map { Case(kind: kind, url: $0) }
  }

  @Test func theCorpusIsThere() {
    for kind in Self.kinds { #expect(Self.cases.count { $0.kind == kind } >= 6, "\(kind)") }
  }

  @Test(arguments: cases) func isRefused(_ hostile: Case) throws {
    let folder = try TemporaryFolder()
    let outcome = try answer(to: hostile, in: folder)
    #expect([65, 66, 69, 74].contains(outcome.code), "exit code \(outcome.code): \(outcome.output)")
    #expect(outcome.errors.hasPrefix("adaroute: "), "\(outcome.errors)")
    #expect(outcome.errors.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A }, "control characters reach the terminal")
    #expect(outcome.errors.utf8.count < 4000)
    #expect(try folder.names.allSatisfy { !$0.hasPrefix("out") })
  }

  /// What a user would do with such a file.
  private func answer(to hostile: Case, in folder: TemporaryFolder) throws -> Tool.Outcome {
    let (path, output) = (hostile.url.path, folder.file("out.adaroute"))
    switch hostile.kind {
    case "image": return try Tool.run(["run", "fixtures/hf_vit", "--image", path])
    case "index":
      let index = try folder.write("model.safetensors.index.json", bytes(path))
      return try Tool.run(["convert", index, "-o", output, "--config", "fixtures/hf_vit/config.json"])
    case "safetensors", "pickle":
      return try Tool.run(["convert", path, "-o", output, "--config", "fixtures/timm_vit/config.json"])
    case "delta": return try Tool.run(["delta", "verify", path])
    case "operators":
      // What is wrong may show only when extents are known.
      let input = folder.file("input.safetensors")
      try zeros(input)
      return try Tool.run(["run", path, "--input", input, "-o", output])
    default: return try Tool.run(["convert", path, "-o", output])
    }
  }

  /// x, float32 [1, 4, 6, 6].
  private func zeros(_ path: String) throws {
    let header = Array(#"{"x":{"dtype":"F32","shape":[1,4,6,6],"data_offsets":[0,576]}}"#.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    try Data(length + header + [UInt8](repeating: 0, count: 576)).write(to: URL(filePath: path))
  }
}
