import AdaRoute
import Delta
import Foundation
import Safetensors
import Tensors
import Testing

/// Deltas that earlier versions wrote of graft_timm_vit_k3, whose frames hold all planes at once.
@Suite struct EarlierDeltaTests {
  @Test(arguments: [(2, ElementType.float32), (3, .bfloat16)])
  func deltasOfEarlierVersionsAreRead(version: Int, type: ElementType) throws {
    let delta = try DeltaFile(path: Fixture(name: "earlier_deltas").path("version_\(version).ardelta"))
    #expect(delta.manifest.formatVersion == version)
    #expect(delta.manifest.tensors.contains { $0.layout == .rotatedPlanes && !$0.planesHaveFrames })
    try delta.verify()
    let graft = try SafetensorsFile(path: Fixture(name: "graft_timm_vit_k3").path("graft.safetensors"))
    let tensors = try delta.tensors()
    #expect(tensors.keys.sorted() == graft.entries.map(\.name).sorted())
    for (name, tensor) in tensors {
      let expected = try graft.tensor(named: name).converted(to: type).converted(to: .float32)
      #expect(tensor.scalars(Float.self) == expected.scalars(Float.self), "\(name)")
    }
    let base = try Model(path: Fixture(name: "timm_vit").path(""))
    #expect(try base.applying(delta).graftedElements?.parameters == 6642)
  }

  /// The same content, which another version of the writer compresses otherwise.
  @Test func aPatchToAnEarlierVersionMakesTheSameContent() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (patch, made) = (folder.appending(path: "patch").path, folder.appending(path: "made").path)
    let deltas = try [3, 2].map { try DeltaFile(path: Fixture(name: "earlier_deltas").path("version_\($0).ardelta")) }
    try DeltaPatch.write(to: patch, from: deltas[0], to: deltas[1])
    #expect(try DeltaPatch(path: patch).write(to: made, from: deltas[0]) == false)
    let result = try DeltaFile(path: made)
    try result.verify()
    #expect(result.manifest.formatVersion == 4)
    #expect(result.manifest.tensors.map(\.digest) == deltas[1].manifest.tensors.map(\.digest))
  }
}
