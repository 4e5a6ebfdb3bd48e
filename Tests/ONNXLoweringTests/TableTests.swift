import Foundation
import Testing

/// No lowering is written without its line in the table.
@Suite struct TableTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/ONNX/Lowering")

  @Test func everyLoweringIsInTheTable() throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.folder.appending(path: "Lowerings"), includingPropertiesForKeys: nil)
    let definition = #/static let `?(\w+)`? =\s+(?:Lowering|elementwise|reduction)\(/#
    let defined = try files.flatMap { file in
      try String(contentsOf: file, encoding: .utf8).matches(of: definition).map { String($0.output.1) }
    }
    let table = try String(contentsOf: Self.folder.appending(path: "Table.swift"), encoding: .utf8)
    let listed = table.matches(of: #/\n    \.(\w+),/#).map { String($0.output.1) }
    #expect(!defined.isEmpty)
    #expect(defined.sorted() == listed.sorted())
    #expect(listed.map { $0.lowercased() } == listed.map { $0.lowercased() }.sorted())
  }
}
