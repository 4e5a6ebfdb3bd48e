import Foundation
import Testing

/// Deltas from version to version, as a user ships them.
@Suite struct PatchCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for seed in ["1", "2"] {
      let graft = ["graft", "fixtures/hf_vit", "--rank", "4", "--kernels", "3", "--init", "paper", "--seed", seed]
      #expect(try Tool.run(graft + ["-o", folder.file("g")]).code == 0)
      #expect(try Tool.run(["delta", "create", folder.file("g"), "-o", folder.file("d\(seed)")]).code == 0)
    }
  }

  private func delta(_ arguments: String..., code: Int32 = 0) throws -> String {
    let outcome = try Tool.run(["delta"] + arguments.map { $0.replacing("@", with: folder.path) })
    #expect(outcome.code == code, "\(outcome.errors)")
    return (code == 0 ? outcome.output : outcome.errors).replacing(folder.path, with: "@")
  }

  @Test func theLaterDeltaIsMade() throws {
    let report = try delta("diff", "@/d1", "@/d2", "-o", "@/p")
    #expect(report.hasPrefix("@/p: ") && report.contains(" tensors changed; "))
    let made = try delta("patch", "@/d1", "@/p", "-o", "@/made")
    #expect(made.hasSuffix("; the same file as the one that the patch was made of\n"))
    #expect(try bytes(folder.file("made")) == bytes(folder.file("d2")))
    let json = try delta("patch", "@/d1", "@/p", "-o", "@/made", "--json")
    #expect(json.contains(#""isIdentical" : true"#))
  }

  @Test func mistakesAreNamed() throws {
    _ = try delta("diff", "@/d1", "@/d2", "-o", "@/p")
    #expect(
      try delta("patch", "@/d2", "@/p", "-o", "@/made", code: 78)
        == "adaroute: @/p: made from another delta than @/d2\n")
    #expect(
      try delta("patch", "@/d1", "@/d2", "-o", "@/made", code: 65) == "adaroute: @/d2: this is a delta, not a patch\n")
    #expect(
      try delta("verify", "@/p", code: 65)
        == "adaroute: @/p: this is a patch, not a delta; `adaroute delta patch` makes a delta of it and the earlier one\n"
    )
    #expect(try Tool.run(["inspect", folder.file("p")]).errors.contains("this is a patch, not a delta"))
    _ = try delta("diff", "@/d1", "@/d2", "-o", "@/d1", code: 64)
    _ = try delta("patch", "@/d1", "@/p", "-o", "@/d1", code: 64)
    #expect(try folder.names == ["d1", "d2", "g", "p"])
  }
}
