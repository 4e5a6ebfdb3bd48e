import Backbones
import Graph
import Kernels
import Runtime
import Safetensors
import Tensors
import Testing

/// One network, images of any size, square or not: positions resized as each library does.
@Suite struct ImageSizeTests {
  struct Case: CustomStringConvertible, Sendable {
    let fixture: Fixture
    let size: String
    var description: String { "\(fixture.name).\(size)" }
  }

  static func references() throws -> SafetensorsFile {
    try SafetensorsFile(path: Fixture(name: "image_sizes").path("io.safetensors"))
  }

  static let networks = [
    "timm_vit", "timm_deit_distilled", "timm_deit3", "timm_dinov2", "timm_dinov2_reg4", "timm_clip_vision",
    "timm_siglip", "timm_beit", "timm_convnext", "timm_convnextv2", "hf_beit", "hf_vit", "hf_deit", "hf_dinov2",
    "hf_dinov2_reg", "hf_clip_vision", "hf_siglip", "hf_vit_mae", "hf_convnext", "hf_convnextv2",
  ]

  @Test(arguments: networks) func outputsEqualTheReference(_ name: String) throws {
    let references = try Self.references()
    let graph = try Fixture(name: name).network()
    let sizes = references.names.filter { $0.hasPrefix(name + ".") }.map { $0.split(separator: ".")[1] }
    #expect(sizes.count >= 2)
    for kernels in KernelSet.available {
      // One session: every size has its own plan.
      let session = Session(graph, threads: 2, kernels: kernels)
      for size in sizes {
        let input = ["input": try references.tensor(named: "input.\(size)")]
        let logits = try session.run(input, outputs: ["logits"])["logits"]
        let expected = try references.tensor(named: "\(name).\(size).logits")
        #expect(difference(logits, expected) <= parity * max(1, magnitude(expected)), "\(size), \(kernels.name)")
      }
    }
  }

  @Test func everyReferenceIsCompared() throws {
    let names = try Self.references().names.compactMap { $0.hasSuffix(".logits") ? $0.prefix { $0 != "." } : nil }
    #expect(Set(names.map(String.init)) == Set(Self.networks))
  }

  /// Positions on their own grid are those of the checkpoint, to the bit.
  @Test(arguments: ["timm_vit", "hf_vit", "timm_dinov2_reg4", "hf_dinov2_reg", "timm_beit", "hf_beit"])
  func positionsOfTheirOwnGridStay(_ name: String) throws {
    let fixture = Fixture(name: name)
    let input = ["input": try fixture.references().tensor(named: "input")]
    let graph = try fixture.network()
    let size = try #require(try fixture.backbone().imageSize)
    let fixed = try graph.fixing(["H": size.height, "W": size.width])
    #expect(!fixed.orderedNodes().contains { $0.op is Resize })
    #expect(graph.orderedNodes().contains { $0.op is Resize })
    let (a, b) = (try Session(graph).run(input), try Session(fixed).run(input))
    #expect(a.mapValues { $0.withBytes { Array($0) } } == b.mapValues { $0.withBytes { Array($0) } })
  }

  /// A graft takes every size that its backbone takes: fast steps as their operators.
  @Test(arguments: ["graft_timm_vit", "graft_timm_dinov2_reg4", "graft_timm_deit_distilled", "parax_vit_conv357"])
  func graftsTakeEverySize(_ name: String) throws {
    let graph = try Fixture(name: name).network()
    let references = try Self.references()
    let size = name == "graft_timm_dinov2_reg4" ? "49x63" : "56x72"
    let input = ["input": try references.tensor(named: "input.\(size)")]
    let taps = graph.taps.keys.sorted()
    #expect(!taps.isEmpty)
    #expect(try Session(graph, threads: 2).verify(input, outputs: taps + ["features"]) == nil)
  }

  @Test func imagesBelowOnePatchAreRefused() throws {
    let session = Session(try Fixture(name: "timm_vit").network())
    #expect(throws: RuntimeError.self) {
      try session.run(["input": Tensor([Float](repeating: 0, count: 3 * 7 * 40), shape: [1, 3, 7, 40])])
    }
  }
}
