import Foundation
import Testing

/// Deltas in fewer digits, as a user asks for them.
@Suite struct RoundedDeltaTests {
  private let golden = "fixtures/graft_hf_vit/io.safetensors"

  private func graft(_ folder: TemporaryFolder) throws -> String {
    let command = ["graft", "fixtures/hf_vit", "--weights", "fixtures/graft_hf_vit/graft.safetensors"]
    try #require(Tool.run(command + ["-o", folder.file("grafted")]).code == 0)
    return folder.file("grafted")
  }

  @Test(arguments: [("f16", 0.55), ("bf16", 0.55), ("int8", 0.4)])
  func theErrorIsStatedAndTheDeltaRuns(type: String, share: Double) throws {
    let folder = try TemporaryFolder()
    let (whole, small) = (folder.file("whole.ardelta"), folder.file("small.ardelta"))
    let create = try ["delta", "create", graft(folder), "-o"]
    try #require(Tool.run(create + [whole]).code == 0)
    let made = try Tool.run(create + [small, "--dtype", type, "--golden", golden, "--limit", "0.1", "--json"])
    #expect(made.code == 0, "\(made.errors)")
    let report = try #require(JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any])
    let (stored, raw) = (report["storedBytes"] as? Int ?? 0, report["rawBytes"] as? Int ?? 0)
    #expect(Double(stored) <= share * Double(raw), "\(stored) of \(raw) bytes")
    let errors = (report["tensors"] as? [[String: Any]] ?? []).compactMap { $0["largestError"] as? Double }
    #expect(errors.contains { $0 > 0 })
    let verify = try Tool.run([
      "verify", "fixtures/hf_vit", "--delta", small, "--golden", golden, "--tolerance", "0.1",
    ])
    #expect(verify.code == 0, "\(verify.output)")
    #expect(try Tool.run(["delta", "inspect", small]).output.contains("largest error"))
    #expect(try !Tool.run(["delta", "inspect", whole]).output.contains("largest error"))
  }

  @Test func nothingIsWrittenWhereRoundingChangesTooMuch() throws {
    let folder = try TemporaryFolder()
    let output = folder.file("small.ardelta")
    let outcome = try Tool.run([
      "delta", "create", graft(folder), "-o", output, "--dtype", "int8", "--golden", golden, "--limit", "1e-6",
    ])
    #expect(outcome.code == 65)
    #expect(outcome.errors.contains("is the first value that differs from \(golden)"))
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  @Test func apatchOfRoundedDeltasGivesTheLaterOne() throws {
    let folder = try TemporaryFolder()
    for seed in ["1", "2"] {
      let graft = ["graft", "fixtures/hf_vit", "--rank", "8", "--init", "paper", "--seed", seed]
      try #require(Tool.run(graft + ["-o", folder.file("g\(seed)")]).code == 0)
      let create = ["delta", "create", folder.file("g\(seed)"), "--dtype", "int8", "-o", folder.file("d\(seed)")]
      try #require(Tool.run(create).code == 0)
    }
    let (first, second, patch, made) = (folder.file("d1"), folder.file("d2"), folder.file("p"), folder.file("made"))
    #expect(try Tool.run(["delta", "diff", first, second, "-o", patch]).code == 0)
    #expect(try Tool.run(["delta", "patch", first, patch, "-o", made]).code == 0)
    #expect(try bytes(made) == bytes(second))
  }
}
