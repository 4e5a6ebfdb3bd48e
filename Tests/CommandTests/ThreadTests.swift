import Foundation
import Safetensors
import Tensors
import Testing

/// How many threads the tool takes, and that their number changes no bit.
@Suite struct ThreadTests {
  /// The first CPU that this process may use.
  private static func someCPU() throws -> String {
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/status"))
    let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
    return String(try #require(line.split(whereSeparator: { ": \t-,".contains($0) }).dropFirst().first))
  }

  private static func threads(_ arguments: [String], launcher: [String]) throws -> Int? {
    let bench = ["bench", "fixtures/timm_vit", "--seconds", "0.05", "--json"]
    let outcome = try Tool.run(bench + arguments, launcher: launcher)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    return report?["threads"] as? Int
  }

  @Test func oneThreadOnOneCPU() throws {
    let launcher = ["/usr/bin/taskset", "-c", try ThreadTests.someCPU()]
    #expect(try ThreadTests.threads([], launcher: launcher) == 1)
    #expect(try ThreadTests.threads(["--threads", "5"], launcher: launcher) == 5)
  }

  @Test func everyNumberGivesTheSameBits() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func logits(_ threads: Int, launcher: [String]) throws -> [Float]? {
      let target = folder.appending(path: "\(threads).safetensors").path
      let outcome = try Tool.run(
        [
          "run", "fixtures/timm_vit", "--weights", "fixtures/graft_timm_vit/graft.safetensors", "--input",
          "fixtures/timm_vit/io.safetensors", "-o", target, "--threads", "\(threads)",
        ], launcher: launcher)
      #expect(outcome.code == 0, "\(outcome.errors)")
      return try SafetensorsFile(path: target).tensor(named: "logits").scalars()
    }
    let alone = try logits(1, launcher: [])
    #expect(alone != nil)
    for threads in [2, 3, 16] { #expect(try logits(threads, launcher: []) == alone) }
    let crowded = ["/usr/bin/taskset", "-c", try ThreadTests.someCPU()]
    #expect(try logits(4, launcher: crowded) == alone)
  }
}
