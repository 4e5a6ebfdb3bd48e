import AdaRoute
import Graph
import Runtime
import Safetensors
import Tensors
import Testing

/// The authors' checkpoints as PyTorch saves them, beside the same tensors as safetensors.
@Suite struct TorchParityTests {
  @Test(arguments: ["parax_vit_conv357", "parax_swin_conv357"])
  func checkpointsAreTheSameNetwork(_ name: String) throws {
    let fixture = Fixture(name: name)
    let saved = try Model(path: fixture.path("checkpoint.pth"), configuration: fixture.path("case.json"))
    let tensors = try SafetensorsFile(path: fixture.path("model.safetensors"))
    #expect(saved.graph.structure == (try fixture.network().structure))
    for (name, constant) in saved.graph.constants {
      let (found, expected) = (constant.tensor(), try tensors.tensor(named: name))
      #expect(found.type == expected.type && found.shape == expected.shape)
      #expect(found.withBytes { Array($0) } == expected.withBytes { Array($0) }, "\(name)")
    }
    let input = ["input": try fixture.references().tensor(named: "input")]
    let names = saved.graph.outputs.map(\.name) + saved.graph.taps.keys.sorted()
    let (a, b) = (
      try Session(saved.graph).run(input, outputs: names),
      try Session(fixture.network()).run(input, outputs: names)
    )
    for name in names { #expect(a[name]?.withBytes { Array($0) } == b[name]?.withBytes { Array($0) }, "\(name)") }
  }
}
