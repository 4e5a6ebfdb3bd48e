import Foundation
import Testing

/// The onnx package's node tests, as far as they are packed. fixtures/onnx_nodes/passing.txt lists what passes; the list
/// is checked both ways, and what is not listed must be refused.
@Suite struct NodeTests {
  @Test func packedCases() throws {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "onnx-nodes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let listed = Set(try NodeCase.listed())
    let cases = try NodeCase.packed(scratch)
    #expect(cases.count > 1000)
    for node in cases {
      switch try node.outcome(in: scratch) {
      case .passed:
        #expect(listed.contains(node.name), "\(node.name) passes: scripts/check-onnx-nodes --update lists it")
      case .refused(let reason):
        #expect(!listed.contains(node.name), "\(node.name) is listed, but refused: \(reason)")
        #expect(!reason.isEmpty && !reason.contains("\n"))
      case .differs(let place): Issue.record("\(node.name): \(place)")
      }
    }
  }

  @Test func listIsSorted() throws {
    let listed = try NodeCase.listed()
    #expect(listed == Set(listed).sorted())
  }
}
