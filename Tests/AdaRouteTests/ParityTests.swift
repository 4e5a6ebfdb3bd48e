import Backbones
import Grafting
import Graph
import Kernels
import Runtime
import Safetensors
import Tensors
import Testing

/// For outputs of order 1: sums of at most a few hundred float32 products a layer, a few layers deep.
/// Rounding grows with the values, so for larger ones (the residual stream) it is relative to the largest.
let parity: Float = 2e-5

@Suite struct ParityTests {
  static let fixtures = [
    "timm_vit", "timm_vit_gap", "hf_vit", "hf_vit_sharded", "parax_vit_conv357", "parax_vit_conv3",
    "parax_vit_tokens", "graft_timm_vit", "graft_timm_vit_k3", "graft_timm_vit_tokens", "graft_hf_vit",
    "timm_dinov2", "timm_dinov2_reg4", "hf_dinov2", "hf_dinov2_reg", "timm_deit_distilled", "timm_deit3", "hf_deit",
    "hf_vit_mae", "timm_clip_vision", "hf_clip_vision", "graft_timm_dinov2_reg4", "graft_timm_deit_distilled",
    "timm_convnext", "timm_convnextv2", "hf_convnext", "hf_convnextv2", "parax_convnext_conv357",
    "parax_convnext_tokens", "graft_timm_convnext", "timm_swin", "hf_swin", "graft_timm_swin", "parax_swin_conv357",
    "timm_siglip", "timm_beit", "hf_beit", "hf_siglip",
  ].map { Fixture(name: $0) }

  /// Every reference that the network can be asked for, in every tier of this machine, by fast steps.
  @Test(arguments: fixtures) func outputsEqualTheReference(_ fixture: Fixture) throws {
    let references = try fixture.references()
    let rounding = try Rounding(fixture)
    let graph = try fixture.network()
    let input = try references.tensor(named: "input")
    for kernels in KernelSet.available {
      let session = Session(graph, threads: 2, kernels: kernels)
      let names = references.names.filter { session.outputNames.contains(Self.output($0)) }
      #expect(names.contains { ["logits", "features", "stage3"].contains(Self.output($0)) })
      let outputs = try session.run(["input": input], outputs: names.map(Self.output))
      for name in names {
        let reference = try rounding?.exact.tensor(named: name) ?? references.tensor(named: name)
        let bound = max(parity, rounding?.bound(name) ?? 0) * max(1, magnitude(reference))
        #expect(difference(outputs[Self.output(name)], reference) <= bound, "\(name), \(kernels.name)")
      }
    }
  }

  /// Our name for a reference: transformers calls the outputs of models without a classifier differently.
  private static func output(_ reference: String) -> String {
    ["last_hidden_state": "features", "image_embeds": "logits"][reference] ?? reference
  }

  /// Adapter outputs and routing are in the files; they must be among what is compared.
  @Test(arguments: [
    ("parax_vit_conv357", 3), ("parax_convnext_conv357", 9), ("parax_convnext_tokens", 5), ("parax_swin_conv357", 18),
  ])
  func modulesAreCompared(_ name: String, _ modules: Int) throws {
    let fixture = Fixture(name: name)
    let names = Set(Session(try fixture.network()).outputNames)
    let compared = try fixture.references().names.filter { names.contains($0) }
    #expect(compared.filter { $0.hasPrefix("routing.") }.count == modules)
    #expect(compared.filter { $0.hasPrefix("adapter_out.") }.count == modules)
  }

  @Test(arguments: fixtures) func everyStepAgreesWithItsOperator(_ fixture: Fixture) throws {
    let input = try fixture.references().tensor(named: "input")
    for kernels in KernelSet.available {
      let session = Session(try fixture.network(), threads: 2, kernels: kernels)
      // Both are as far from the exact values as float32 takes them.
      let tolerance = max(1e-4, try 2 * (Rounding(fixture)?.largest ?? 0))
      #expect(try session.verify(["input": input], tolerance: Double(tolerance)) == nil)
    }
  }

  /// One thread, two threads, three; alone, or as any of eight images: the same bits.
  @Test(
    arguments: [
      "timm_vit", "graft_timm_vit", "graft_timm_vit_k3", "parax_vit_tokens", "graft_timm_convnext", "timm_convnextv2",
      "graft_timm_swin",
    ].map { Fixture(name: $0) })
  func bitsDependOnTheImageAlone(_ fixture: Fixture) throws {
    let graph = try fixture.network()
    let shape = try fixture.references().tensor(named: "input").shape
    let each = shape.count(1..<4)
    let images: [[Float]] = (0..<8).map { (image: Int) -> [Float] in
      (0..<each).map { (pixel: Int) -> Float in Float((pixel * 7919 + image * 104_729) % 2003) / 1001 - 1 }
    }
    let batch = Tensor(Array(images.joined()), shape: Shape([8] + shape.extents.dropFirst()))
    let names = graph.taps.keys.sorted() + ["logits"]
    for kernels in KernelSet.available {
      let whole = try Session(graph, threads: 1, kernels: kernels).run(["input": batch], outputs: names)
      for threads in 2...3 {
        let again = try Session(graph, threads: threads, kernels: kernels).run(["input": batch], outputs: names)
        for name in names { #expect(bytes(again[name]) == bytes(whole[name])) }
      }
      let session = Session(graph, threads: 2, kernels: kernels)
      for (index, image) in images.enumerated() {
        let alone = try session.run(
          ["input": Tensor(image, shape: Shape([1] + shape.extents.dropFirst()))], outputs: names)
        for name in names {
          let (one, all) = (bytes(alone[name]), bytes(whole[name]))
          #expect(one == Array(all[index * one.count..<(index + 1) * one.count]), "\(name), \(kernels.name)")
        }
      }
    }
  }

  private func bytes(_ tensor: Tensor?) -> [UInt8] { tensor?.withBytes { Array($0) } ?? [] }
}
