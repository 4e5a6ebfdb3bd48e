import Foundation
import ONNX
import Tensors
import Testing

/// Beside the model, the folder holds `weights` of 16 bytes, a folder `sub` with `more`, links, and a pipe.
private struct HostileLocation: Sendable, CustomTestStringConvertible {
  let name: String
  let data: Bytes
  let message: String

  init(_ name: String, _ data: Bytes, _ message: String) {
    self.name = name
    self.data = data
    self.message = message
  }

  /// A location that is not a path within the folder.
  init(escaping location: String, as shown: String? = nil) {
    self.init(
      location, external(location),
      "tensor \"w\": external data must be a file in the model's folder, \"\(shown ?? location)\" found")
  }

  var testDescription: String { name }
}

private let hostileLocations: [HostileLocation] = [
  HostileLocation(escaping: "/etc/passwd"),
  HostileLocation(escaping: "../weights"),
  HostileLocation(escaping: "sub/../../weights"),
  HostileLocation(escaping: "sub/.."),
  HostileLocation(escaping: "sub//more"),
  HostileLocation(escaping: "sub/"),
  HostileLocation(escaping: "."),
  HostileLocation(escaping: "..\\weights", as: "..\\\\weights"),
  // A mark that joins the slash must not hide the dots before it.
  HostileLocation(escaping: "../\u{338}/weights"),
  HostileLocation(
    "zero byte", external("weights\0.txt"),
    "not an ONNX model: StringStringEntryProto at byte 42: value: text holds a zero byte"),
  HostileLocation(
    "no location", external([("offset", "0")]), "tensor \"w\": the external data has no location"),
  HostileLocation(
    "key twice", external([("location", "weights"), ("location", "sub/more")]),
    "tensor \"w\": external_data has the key \"location\" twice"),
  HostileLocation(
    "file missing", external("absent"), "tensor \"w\": external data \"absent\" is missing"),
  HostileLocation(
    "link to a file outside", external("passwd"),
    "tensor \"w\": external data \"passwd\" is a link to a file outside FOLDER"),
  HostileLocation(
    "link to a folder outside", external("etc/passwd"),
    "tensor \"w\": external data \"etc/passwd\" is a link to a file outside FOLDER"),
  HostileLocation(
    "link to nothing", external("dangling"), "tensor \"w\": external data \"dangling\" is missing"),
  HostileLocation(
    "link to itself", external("loop"), "tensor \"w\": external data \"loop\" is missing"),
  HostileLocation("folder", external("sub"), "sub: not a regular file"),
  HostileLocation("pipe", external("pipe"), "pipe: not a regular file"),
  HostileLocation(
    "offset past the end", external("weights", offset: "9"),
    "tensor \"w\": external data \"weights\" is cut off: at least 17 bytes expected, 16 found"),
  HostileLocation(
    "offset of 2^63 - 1", external("weights", offset: "9223372036854775807"),
    "tensor \"w\": external data \"weights\" is cut off:"
      + " at least 9223372036854775815 bytes expected, 16 found"),
  HostileLocation(
    "offset of 2^63", external("weights", offset: "9223372036854775808"),
    "tensor \"w\": offset of the external data must be a number of bytes, \"9223372036854775808\" found"),
  HostileLocation(
    "negative offset", external("weights", offset: "-4"),
    "tensor \"w\": offset of the external data must be a number of bytes, \"-4\" found"),
  HostileLocation(
    "offset that is no number", external("weights", offset: ""),
    "tensor \"w\": offset of the external data must be a number of bytes, \"\" found"),
  HostileLocation(
    "length in hexadecimal", external("weights", length: "0x8"),
    "tensor \"w\": length of the external data must be a number of bytes, \"0x8\" found"),
  HostileLocation(
    "length that is not the shape's", external("weights", length: "12"),
    "tensor \"w\": f32 [2] takes 8 bytes, 12 found"),
  HostileLocation(
    "raw data as well", raw(8) + external("weights"),
    "tensor \"w\" has its data more than once: raw_data, external_data"),
  HostileLocation(
    "Git LFS pointer", external("pointer", offset: "4096"),
    "pointer: a Git LFS pointer instead of the file itself (oid \"sha256:00\", size \"8\" bytes);"
      + " run `git lfs pull`"),
]

@Suite struct ExternalDataTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Bytes(0..<16), to: "weights")
    try folder.makeFolder("sub")
    try folder.write(Bytes(100..<116), to: "sub/more")
    try folder.write(
      Bytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 8\n".utf8), to: "pointer")
    try folder.link("passwd", to: "/etc/passwd")
    try folder.link("etc", to: "/etc")
    try folder.link("dangling", to: "nowhere")
    try folder.link("loop", to: "loop")
    try folder.link("inside", to: "sub/more")
    mkfifo(folder.file("pipe"), 0o600)
  }

  @Test(arguments: hostileLocations)
  fileprivate func hostileLocationsAreRefused(_ hostile: HostileLocation) throws {
    let refusal = try folder.refusal(model(graph(initializers: [tensor("w", hostile.data)])))
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
