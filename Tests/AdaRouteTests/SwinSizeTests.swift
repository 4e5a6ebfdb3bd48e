import Backbones
import Graph
import Kernels
import Runtime
import Safetensors
import Tensors
import Testing

/// One network, images of any size: maps that windows do not tile, odd maps, maps smaller than a window.
@Suite struct SwinSizeTests {
  static let cases = ["timm.100x52", "timm.98x51", "timm.20x12", "timm.64x64", "hf.100x52", "hf.98x51", "hf.80x72"]

  @Test(arguments: cases) func outputsEqualTheReference(_ name: String) throws {
    let references = try SafetensorsFile(path: Fixture(name: "swin_sizes").path("io.safetensors"))
    let graph = try Fixture(name: "\(name.prefix { $0 != "." })_swin").network()
    let input = ["input": try references.tensor(named: name + ".input")]
    for kernels in KernelSet.available {
      let session = Session(graph, threads: 2, kernels: kernels)
      let logits = try session.run(input, outputs: ["logits"])["logits"]
      #expect(difference(logits, try references.tensor(named: name + ".logits")) <= parity, "\(kernels.name)")
      #expect(try session.verify(input) == nil)
    }
  }

  @Test func everyReferenceIsCompared() throws {
    let references = try SafetensorsFile(path: Fixture(name: "swin_sizes").path("io.safetensors"))
    #expect(Set(references.names) == Set(Self.cases.flatMap { [$0 + ".input", $0 + ".logits"] }))
  }
}
