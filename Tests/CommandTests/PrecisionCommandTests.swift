import Foundation
import Testing

/// `--precision` on the commands that compute.
@Suite struct PrecisionCommandTests {
  @Test(arguments: [("f32", 2e-5), ("bf16", 0.05), ("int8", 0.2)])
  func verifyShowsTheError(_ precision: String, _ tolerance: Double) throws {
    let outcome = try Tool.run([
      "verify", "fixtures/timm_vit", "--golden", "fixtures/timm_vit/io.safetensors", "--precision", precision,
      "--tolerance", "\(tolerance)", "--json",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let values = try #require(report?["values"] as? [[String: Any]])
    let logits = try #require(values.first { $0["name"] as? String == "logits" })
    let cosine = try #require(logits["cosine"] as? Double)
    #expect(cosine >= (precision == "f32" ? 0.999999 : 0.99) && cosine <= 1.000001)
  }

  @Test(arguments: ["f32", "bf16", "int8"])
  func benchNamesIt(_ precision: String) throws {
    let outcome = try Tool.run(
      ["bench", "fixtures/timm_vit", "--seconds", "0.01", "--json", "--precision", precision])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    #expect(report?["precision"] as? String == precision)
  }

  @Test func whatItCannotBeIsRefused() throws {
    let unknown = try Tool.run(["bench", "fixtures/timm_vit", "--precision", "int4"])
    #expect(unknown.code == 64)
    let verify = try Tool.run([
      "run", "fixtures/timm_vit", "--input", "fixtures/timm_vit/io.safetensors", "--precision", "int8", "--verify",
    ])
    #expect(verify.code == 64)
    #expect(verify.errors.contains("--verify compares float32 steps"))
  }
}
