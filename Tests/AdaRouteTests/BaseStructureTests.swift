import AdaRoute
import Delta
import Foundation
import Graph
import Tensors
import Testing

/// A delta is bound to what its base computes, not only to the base's numbers.
@Suite struct BaseStructureTests {
  @Test func theStructureIsThatOfTheOperators() throws {
    let (a, b) = (try Fixture(name: "timm_vit").network(), try Fixture(name: "timm_vit").network())
    #expect(a.structure == b.structure)
    let others = try ["timm_vit_gap", "hf_vit", "timm_dinov2", "parax_vit_conv357"].map {
      try Fixture(name: $0).network().structure
    }
    #expect(Set(others + [a.structure]).count == 5)
    // Other numbers, the same network.
    var changed = a
    changed.mapConstants { constant in
      guard constant.name == "head.bias" else { return constant }
      return Constant(name: constant.name, Tensor([Float](repeating: 2, count: 10), shape: [10]))
    }
    #expect(changed.structure == a.structure)
    var renamed = a
    renamed.addOutput("again", a.outputs[0].value)
    #expect(renamed.structure != a.structure)
  }

  /// Files of earlier versions do not state the structure; their bases' operators are not compared.
  @Test func deltasWithoutAStructureAreTaken() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let base = try Model(path: Fixture(name: "timm_vit").path(""))
    let grafted = try base.grafted(byFile: Fixture(name: "graft_timm_vit").path("graft.safetensors"))
    let path = folder.appending(path: "new.ardelta").path
    try grafted.writeDelta(to: path)
    let delta = try DeltaFile(path: path)
    #expect(delta.manifest.baseStructure == base.graph.structure)
    let tensors = try delta.manifest.tensors.map { ($0.name, try delta.tensor(named: $0.name)) }
    let old = DeltaManifest(
      producer: "adaroute 0.1.0", baseTensors: delta.manifest.baseTensors, method: delta.manifest.method,
      configuration: delta.manifest.configuration)
    let oldPath = folder.appending(path: "old.ardelta").path
    try DeltaWriter.write(to: oldPath, manifest: old, tensors: tensors)
    let reread = try DeltaFile(path: oldPath)
    #expect(reread.manifest.baseStructure == nil)
    #expect(try base.applying(reread).graph.structure == grafted.graph.structure)
  }
}
