import AdaRoute
import Delta
import Foundation
import Runtime
import Tensors
import Testing

/// The README's program, compiled and run.
@Suite struct LibraryExampleTests {
  @Test func theReadmesProgramRuns() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, task) = (folder.appending(path: "base.adaroute").path, folder.appending(path: "task.ardelta").path)
    let converted = try Model(path: Fixture(name: "hf_vit").path(""))
    try converted.write(to: file)
    try converted.grafted(byFile: Fixture(name: "graft_hf_vit").path("graft.safetensors")).writeDelta(to: task)

    let photo = Fixture.root.appending(path: "images/decoding/rgb.jpg").path
    let base = try Model(path: file)
    let model = try base.applying(DeltaFile(path: task))
    let session = Session(model.graph)
    for batch in try RunBatch.batches(images: [photo], for: model) {
      let outputs = try session.run(batch.inputs())
      #expect(outputs["logits"]?.shape == [1, 10])
    }
  }

  /// Each line of the README's program stands above, but for the files' names and what is done with the outputs.
  @Test func theTestIsTheReadmes() throws {
    let readme = try String(contentsOf: Fixture.root.appending(path: "../README.md"), encoding: .utf8)
    let program = try #require(readme.split(separator: "```swift\n").last?.split(separator: "```").first)
    let own = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
      .replacing("Model(path: file)", with: #"Model(path: "base.adaroute")"#)
      .replacing("DeltaFile(path: task)", with: #"DeltaFile(path: "task.ardelta")"#)
      .replacing("[photo]", with: #"["photo.jpg"]"#)
    let lines = program.split(separator: "\n").map { $0.trimming(while: \.isWhitespace) }
    #expect(lines.count >= 6)
    for line in lines where !line.hasPrefix("print") { #expect(own.contains(line), "\(line)") }
  }
}

extension Substring {
  fileprivate func trimming(while predicate: (Character) -> Bool) -> Substring { drop(while: predicate) }
}
