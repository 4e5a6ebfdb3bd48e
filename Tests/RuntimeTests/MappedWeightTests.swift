import Foundation
import Graph
import Kernels
import Runtime
import Tensors
import Testing

/// Weights that stay in their file until they are used a second time.
@Suite struct MappedWeightTests {
  /// A weight in a mapped file, as [n, k] or [k, n], is met where it lies, and laid out when it is met again: the bits
  /// are those of a weight in memory.
  @Test(arguments: KernelSet.available, [false, true])
  func aMappedWeightIsPackedTheSecondTime(_ kernels: KernelSet, _ isTurned: Bool) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (n, k) = (130, 67)
    let weight = numbers(isTurned ? [k, n] : [n, k], seed: 3)
    try weight.withBytes { try Data($0).write(to: URL(fileURLWithPath: path)) }
    let mapped = Tensor(
      type: .float32, shape: weight.shape, storage: Storage(mapping: try MappedFile(path: path)), offset: 0)
    func session(_ tensor: Tensor) throws -> Session {
      var graph = Graph()
      let x = graph.addInput("x", float(.symbol("N"), .init(k)))
      let stored = Constant.Content.stored(tensor)
      let content = isTurned ? Constant.Content.transposed(stored, permutation: [1, 0]) : stored
      graph.addOutput("y", try graph.add(Linear(), x, graph.addConstant(Constant(name: "w", content))))
      return Session(graph, threads: 2, kernels: kernels)
    }
    let x = numbers([9, k], seed: 4)
    let expected = try session(weight).run(["x": x])["y"]?.scalars(Float.self)
    let tested = try session(try #require(mapped))
    let waits = kernels.name != "scalar"
    for run in 0..<3 {
      #expect(try tested.run(["x": x])["y"]?.scalars() == expected)
      #expect(tested.weights.count == (waits && run == 0 ? 0 : 1))
    }
  }

  /// One column of any depth fills a panel with zeros: a file of holes must not ask for more memory than there is.
  @Test(arguments: Precision.allCases) func aColumnTooDeepToLayOutIsRefused(_ precision: Precision) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let depth = Session.memoryLimit / 16
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.truncate(atOffset: UInt64(4 * depth))
    try file.close()
    let mapped = try #require(
      Tensor(
        type: .float32, shape: [1, depth], storage: Storage(mapping: try MappedFile(path: path)), offset: 0))
    var graph = Graph()
    let x = graph.addInput("x", float(.symbol("N"), 1))
    let row = try graph.add(Broadcast([.symbol("N"), Dimension(depth)]), x)
    graph.addOutput("y", try graph.add(Linear(), row, graph.addConstant(Constant(name: "w", .stored(mapped)))))
    let session = Session(graph, settings: SessionSettings(threads: 2, precision: precision))
    #expect(throws: RuntimeError.self) { try session.run(["x": numbers([1, 1], seed: 1)]) }
  }
}
