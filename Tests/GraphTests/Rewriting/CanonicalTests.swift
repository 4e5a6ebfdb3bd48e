import Foundation
import Graph
import Testing

/// No rule is written without a place in a pass.
@Suite struct CanonicalTests {
  @Test func everyRuleIsInAPass() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/Graph/Rewriting/Rules")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let defined = try files.flatMap { file in
      try String(contentsOf: file, encoding: .utf8)
        .matches(of: #/RewriteRule\(\s*"([a-z-]+)"/#).map { String($0.output.1) }
    }
    #expect(!defined.isEmpty)
    let used = [[RewritePass].canonical, .fixing].map { $0.flatMap(\.rules).map(\.name) }
    for names in used + [defined] { #expect(Set(names).count == names.count) }
    #expect(Set(defined) == Set(used.joined()))
  }
}
