import Foundation
import Testing

/// Which instructions the tool computes with.
@Suite struct TierTests {
  @Test(arguments: ["scalar", "avx2", "avx512"])
  func aTierCanBeForced(_ tier: String) throws {
    let bench = try Tool.run(["bench", "fixtures/timm_vit", "--seconds", "0.01", "--json", "--tier", tier])
    let golden = try Tool.run(
      ["verify", "fixtures/timm_vit", "--golden", "fixtures/timm_vit/io.safetensors", "--tier", tier])
    let image = ["run", "fixtures/timm_vit", "--input", "fixtures/timm_vit/io.safetensors", "--tier", tier]
    let run = try Tool.run(image + ["--verify"])
    guard bench.code != 69 else {
      // The machine lacks the tier: every command says so.
      #expect(bench.errors.hasPrefix("adaroute: this machine does not run tier \(tier); it runs scalar"))
      #expect(golden.code == 69 && run.code == 69 && tier != "scalar")
      return
    }
    #expect(bench.code == 0 && golden.code == 0 && run.code == 0, "\(bench.errors)\(golden.errors)\(run.errors)")
    let report = try JSONSerialization.jsonObject(with: Data(bench.output.utf8)) as? [String: Any]
    #expect(report?["tier"] as? String == tier)
  }

  @Test func unknownTiersAreRefused() throws {
    let outcome = try Tool.run(["bench", "fixtures/timm_vit", "--tier", "sse9"])
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains("--tier must be scalar, avx2 or avx512"))
  }
}
