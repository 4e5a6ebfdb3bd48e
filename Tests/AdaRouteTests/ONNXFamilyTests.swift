import Backbones
import Grafting
import Graph
import Kernels
import ONNX
import Runtime
import Safetensors
import Tensors
import Testing

/// Exports of further families compute what PyTorch computed: from their own operators, by fast steps.
@Suite struct ONNXFamilyTests {
  static let fixtures = [
    "onnx_hf_convnext_op17", "onnx_hf_swin_op17", "onnx_timm_beit_op17", "onnx_timm_convnext_dynamo18",
    "onnx_timm_convnext_op17", "onnx_timm_deit_distilled_op17", "onnx_timm_dinov2_reg4_op17",
    "onnx_timm_swin_dynamo18", "onnx_timm_swin_op17",
  ].map { Fixture(name: $0) }

  @Test(arguments: fixtures) func outputsEqualTheReference(_ fixture: Fixture) throws {
    let graph = try LoweredModel(ONNXModel(path: fixture.path("model.onnx"))).graph
    let references = try fixture.references()
    for kernels in KernelSet.available {
      let outputs = try Session(graph, threads: 2, kernels: kernels)
        .run(["input": references.tensor(named: "input")])
      let found = difference(outputs["output"], try references.tensor(named: "output"))
      #expect(found <= parity, "\(kernels.name)")
    }
  }

  @Test(arguments: fixtures) func everyStepAgreesWithItsOperator(_ fixture: Fixture) throws {
    let graph = try LoweredModel(ONNXModel(path: fixture.path("model.onnx"))).graph
    let input = try fixture.references().tensor(named: "input")
    for kernels in KernelSet.available {
      let session = Session(graph, threads: 2, kernels: kernels)
      #expect(try session.verify(["input": input], tolerance: 1e-4) == nil)
    }
  }

  func lowered(_ fixture: Fixture) throws -> Graph {
    try LoweredModel(ONNXModel(path: fixture.path("model.onnx"))).graph
  }

  /// Exports, the checkpoints that they were made of, and grafts trained on those.
  static let grafts = [
    ("onnx_timm_convnext_op17", "timm_convnext", "graft_timm_convnext"),
    ("onnx_timm_convnext_dynamo18", "timm_convnext", "graft_timm_convnext"),
    ("onnx_timm_swin_op17", "timm_swin", "graft_timm_swin"),
    ("onnx_timm_swin_dynamo18", "timm_swin", "graft_timm_swin"),
    ("onnx_timm_deit_distilled_op17", "timm_deit_distilled", "graft_timm_deit_distilled"),
    ("onnx_timm_dinov2_reg4_op17", "timm_dinov2_reg4", "graft_timm_dinov2_reg4"),
    ("onnx_hf_vit_op17", "hf_vit", "graft_hf_vit"),
  ].map { [$0.0, $0.1, $0.2].map { Fixture(name: $0) } }

  /// The same answers as the graft on the checkpoint, module by module.
  @Test(arguments: grafts) func graftsAnswerAsOnTheCheckpoint(_ fixtures: [Fixture]) throws {
    let tensors = try SafetensorsFile(path: fixtures[2].path("graft.safetensors"))
    let method = try AdaRouteMethod(AdaRouteConfiguration(readingFrom: tensors))
    let found = try method.graft(lowered(fixtures[0]).findingSites(), .given(tensors))
    let native = try method.graft(fixtures[1].backbone().graph, .given(tensors))
    #expect(found.tensorNames == native.tensorNames)
    #expect(found.trainableParameters == native.trainableParameters)
    let references = try fixtures[2].references()
    let session = Session(found.graph, threads: 2)
    let taps = references.names.filter { $0.hasPrefix("adapter_out.") }
    #expect(Set(taps) == Set(found.graph.taps.keys.filter { $0.hasPrefix("adapter_out.") }))
    let input = try references.tensor(named: "input")
    let outputs = try session.run(["input": input], outputs: taps + ["output"])
    for name in taps + ["logits"] {
      let reference = try references.tensor(named: name)
      let output = name == "logits" ? "output" : name
      #expect(difference(outputs[output], reference) <= parity * max(1, magnitude(reference)), "\(name)")
    }
    #expect(try session.verify(["input": input], outputs: taps + ["output"], tolerance: 1e-4) == nil)
  }

  @Test(arguments: grafts) func sitesAreTheFamilys(_ fixtures: [Fixture]) throws {
    let sites = try lowered(fixtures[0]).foundSites()
    let named = try fixtures[1].backbone().graph.sites
    #expect(sites.map(\.block) == named.map(\.block))
    #expect(sites.map(\.slot) == named.map(\.slot))
    #expect(sites.map(\.stage) == named.map(\.stage))
  }

  /// Exports of checkpoints without a graft, and families whose graph names its sites: the very same values.
  @Test(
    arguments: [
      "timm_swin", "hf_swin", "parax_swin_conv357", "timm_convnext", "timm_convnextv2", "hf_convnext", "hf_convnextv2",
      "parax_convnext_conv357", "timm_vit", "timm_deit_distilled", "timm_dinov2_reg4", "hf_dinov2", "timm_clip_vision",
    ].map { Fixture(name: $0) })
  func sitesOfFamiliesAreFound(_ fixture: Fixture) throws {
    let graph = try fixture.backbone().graph
    #expect(try graph.foundSites() == graph.sites)
  }

  @Test(arguments: [("onnx_hf_swin_op17", "hf_swin"), ("onnx_hf_convnext_op17", "hf_convnext")])
  func sitesOfTransformersExports(_ file: String, _ backbone: String) throws {
    let sites = try lowered(Fixture(name: file)).foundSites()
    let named = try Fixture(name: backbone).backbone().graph.sites
    #expect(sites.map(\.block) == named.map(\.block))
    #expect(sites.map(\.stage) == named.map(\.stage))
    // A fresh graft leaves the outputs as they are, through every layout.
    let graph = try lowered(Fixture(name: file))
    let grafted = try AdaRouteMethod(AdaRouteConfiguration(rank: 4, kernels: [3]))
      .graft(graph.findingSites(), .fresh(.identity, seed: 1)).graph
    let input = try Fixture(name: file).references().tensor(named: "input")
    let before = try #require(try Session(graph, threads: 2).run(["input": input])["output"])
    let after = try Session(grafted, threads: 2).run(["input": input])["output"]
    #expect(difference(after, before) <= parity)
  }
}
