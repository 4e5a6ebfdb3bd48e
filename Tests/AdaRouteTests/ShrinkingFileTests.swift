import AdaRoute
import Foundation
import Graph
import ModelFile
import Runtime
import Safetensors
import Tensors
import Testing

/// Files that lose their contents while a model is in use.
@Suite struct ShrinkingFileTests {
  /// A converted model, cut down after it was opened.
  private func model(in folder: URL) throws -> (Model, path: String, size: Int) {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appending(path: "model.adaroute").path
    try Model(path: Fixture(name: "timm_vit").path("model.safetensors")).write(to: path)
    let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    let model = try Model(path: path)
    try #require(truncate(path, 4096) == 0)
    return (model, path, size)
  }

  private func inTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func aRunSaysThatTheModelShrank() throws {
    try inTemporaryFolder { folder in
      let (model, path, size) = try model(in: folder)
      let input = try Fixture(name: "timm_vit").references().tensor(named: "input")
      let error = #expect(throws: RuntimeError.self) {
        try Session(model.graph, threads: 2).run([model.graph.inputs[0].name: input])
      }
      #expect(error == .file(.truncated(path: path, expected: size, found: 4096)))
      #expect(Failure(try #require(error)) == .io)
    }
  }

  @Test(arguments: ["out.adaroute", "out.onnx", "out.safetensors"])
  func nothingIsWrittenOfAModelThatShrank(_ name: String) throws {
    try inTemporaryFolder { folder in
      let (model, _, _) = try model(in: folder)
      let output = folder.appending(path: name).path
      let error = #expect(throws: (any Error).self) {
        switch URL(filePath: output).pathExtension {
        case "onnx": try model.writeONNX(to: output)
        case "safetensors": try model.writeTensors(to: output)
        default: try model.write(to: output)
        }
      }
      #expect(Failure(try #require(error)) == .io)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.adaroute"])
    }
  }
}
