import Foundation
import ONNX
import Tensors
import Testing

extension HostileLocation: CustomTestStringConvertible {
  var testDescription: String { name }
}

@Suite struct ExternalDataTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try writeExternalData(to: folder.path)
  }

  @Test(arguments: hostileLocations) func hostileLocationsAreRefused(_ hostile: HostileLocation) throws {
    let refusal = try folder.refusal(hostile.bytes)
    #expect(refusal == hostile.message)
  }

  @Test func filesAreMappedOnce() throws {
    let path = try folder.write(
      model(
        graph(initializers: [
          tensor("a", external("weights")), tensor("b", external("./weights", offset: "8")),
          tensor("c", external("sub/more", offset: "4")), tensor("d", external("inside")),
          tensor("e", external([("location", "weights"), ("checksum", "none")])),
          tensor("f", dims: [0], external("weights", offset: "16", length: "0")),
        ])), to: "model.onnx")
    let file = try ONNXFile(path: path)
    let tensors = file.model.graph.initializers
    #expect(tensors["a"]?.contents == Bytes(0..<8))
    #expect(tensors["b"]?.contents == Bytes(8..<16))
    #expect(tensors["c"]?.contents == Bytes(104..<112))
    #expect(tensors["d"]?.contents == Bytes(100..<108))
    #expect(tensors["e"]?.contents == Bytes(0..<8))
    #expect(tensors["f"]?.contents == [])
    #expect(file.paths.count == 3)
    #expect(file.paths.map { $0.split(separator: "/").last } == ["model.onnx", "weights", "more"])
    #expect(Set(tensors.values.map { ObjectIdentifier($0.storage) }).count == 2)
  }

  /// Download caches keep model and data as links into one folder of files.
  @Test func aCacheOfLinksIsRead() throws {
    try folder.makeFolder("blobs")
    try folder.makeFolder("snapshot")
    try folder.write(model(graph(initializers: [tensor("w", external("model.data"))])), to: "blobs/0")
    try folder.write(Bytes(0..<8), to: "blobs/1")
    try folder.link("snapshot/model.onnx", to: "../blobs/0")
    try folder.link("snapshot/model.data", to: "../blobs/1")
    let model = try ONNXModel(path: folder.file("snapshot/model.onnx"))
    #expect(model.graph.initializers["w"]?.contents == Bytes(0..<8))
  }

  @Test func aFileThatShrankIsNoticed() throws {
    let path = try folder.write(
      model(graph(initializers: [tensor("w", external("weights"))])), to: "model.onnx")
    let file = try ONNXFile(path: path)
    try file.validateStillWhole()
    try #require(truncate(folder.file("weights"), 4) == 0)
    #expect(throws: ONNXError.self) { try file.validateStillWhole() }
  }
}
