import AdaRoute
import Delta
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
}
