import Foundation
import Safetensors
import Tensors
import Testing

/// One base, several deltas in one command.
@Suite struct SeveralDeltasTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for (name, seed) in [("birds", "1"), ("cars", "2")] {
      let graft = ["graft", "fixtures/hf_vit", "--rank", "4", "--init", "paper", "--seed", seed]
      try #require(Tool.run(graft + ["-o", folder.file(name)]).code == 0)
      let create = ["delta", "create", folder.file(name), "-o", folder.file("\(name).ardelta")]
      try #require(Tool.run(create).code == 0)
    }
  }

  private func run(_ deltas: [String], _ more: [String] = []) throws -> Tool.Outcome {
    try Tool.run(
      ["run", "fixtures/hf_vit", "--input", "fixtures/hf_vit/io.safetensors"] + more
        + deltas.flatMap { ["--delta", folder.file($0)] })
  }

  @Test func eachIsRunAndReported() throws {
    let outcome = try run(["birds.ardelta", "cars.ardelta"], ["-o", folder.file("both"), "--json"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let document = try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let runs = try #require(document["runs"] as? [[String: Any]])
    #expect(runs.compactMap { $0["delta"] as? String } == ["birds", "cars"].map { folder.file("\($0).ardelta") })
    let both = try SafetensorsFile(path: folder.file("both"))
    for name in ["birds", "cars"] {
      #expect(try run(["\(name).ardelta"], ["-o", folder.file("one")]).code == 0)
      let one = try SafetensorsFile(path: folder.file("one"))
      for output in one.names {
        let (alone, beside) = (try one.tensor(named: output), try both.tensor(named: "\(name)/\(output)"))
        #expect(alone.scalars(Float.self) == beside.scalars(Float.self))
      }
    }
    #expect(both.names.count == 4)
    let text = try run(["birds.ardelta", "cars.ardelta"]).output
    #expect(text.contains("birds.ardelta:\n") && text.contains("\n\n\(folder.file("cars.ardelta")):\n"))
  }

  @Test func whatIsWrongIsToldBeforeAnythingRuns() throws {
    let missing = try run(["birds.ardelta", "none.ardelta"])
    #expect(missing.code == 66)
    #expect(missing.errors == "adaroute: \(folder.file("none.ardelta")): no such file\n")
    let same = try run(["birds.ardelta", "birds.ardelta"], ["-o", folder.file("out")])
    #expect(same.code == 64)
    #expect(same.errors.contains("would both be named birds/… in one file"))
    #expect(try !folder.names.contains("out"))
  }
}
