import Foundation
import Testing

/// `bench --profile` writes what trace viewers open.
@Suite struct TraceTests {
  @Test(arguments: ["--profile", "--trace"])
  func everyStepIsAnEvent(_ option: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("trace.json")
    let outcome = try Tool.run(["bench", "fixtures/timm_vit", "--seconds", "0.01", "--json", option, path])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let trace = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any]
    let events = try #require(trace?["traceEvents"] as? [[String: Any]])
    let operators = try #require(report["operators"] as? [[String: Any]])
    // The table is the sum of the trace.
    #expect(events.count == operators.reduce(0) { $0 + ($1["count"] as? Int ?? 0) })
    for entry in operators {
      let own = events.filter { $0["name"] as? String == entry["name"] as? String }
      let total = own.reduce(0) { $0 + ($1["dur"] as? Double ?? 0) }
      let stated = try #require(entry["milliseconds"] as? Double) * 1000
      #expect(abs(total - stated) <= 1e-6 * stated + 1e-6)
    }
    var end = 0.0
    for event in events {
      #expect(event["ph"] as? String == "X")
      let start = try #require(event["ts"] as? Double)
      #expect(start >= end)
      end = start + (event["dur"] as? Double ?? 0)
    }
    // Products are counted: 2 for each weight and token of the first layer, and more.
    let linear = try #require(operators.first { ($0["name"] as? String)?.hasPrefix("linear") == true })
    #expect(linear["gflops"] as? Double ?? 0 > 0)
    #expect(report["peak_gflops"] as? Double ?? 0 > 0)
    #expect(report["profile_ms"] as? Double ?? 0 > 0)
  }

  @Test func theModelIsNotReplaced() throws {
    let folder = try TemporaryFolder()
    let model = folder.file("model.adaroute")
    #expect(try Tool.run(["convert", "fixtures/timm_vit", "-o", model]).code == 0)
    let before = try Data(contentsOf: URL(filePath: model))
    let outcome = try Tool.run(["bench", model, "--seconds", "0.01", "--profile", model])
    #expect(outcome.code == 64)
    #expect(try Data(contentsOf: URL(filePath: model)) == before)
  }
}
