import Backbones
import Foundation
import Graph
import Safetensors
import Tensors
import Testing

/// ConvNeXt checkpoints with one thing changed.
@Suite struct ConvNeXtTests {
  /// A fixture's tensors, some taken away and some under other names as well.
  private struct Changed: TensorCollection {
    let base: SafetensorsFile
    var missing: Set<String> = []
    /// Names that stand for other tensors.
    var added: [String: String] = [:]

    var names: [String] { (base.names.filter { !missing.contains($0) } + added.keys).sorted() }
    var metadata: [String: String] { base.metadata }
    var paths: [String] { base.paths }
    func contains(_ name: String) -> Bool { names.contains(name) }
    func tensor(named name: String) throws(SafetensorsError) -> Tensor { try base.tensor(named: added[name] ?? name) }
    func validateStillWhole() throws(SafetensorsError) { try base.validateStillWhole() }
  }

  private func fixture(_ name: String) throws -> Changed {
    let path = ConfigurationTests.root.appending(path: "fixtures/\(name)/model.safetensors").path
    return Changed(base: try SafetensorsFile(path: path))
  }

  private let own = JSONValue.object([:])

  private func timm(_ arguments: [String: JSONValue], architecture: String = "convnext_tiny") -> JSONValue {
    .object(["architecture": .string(architecture), "model_args": .object(arguments)])
  }

  @Test func sitesFollowTheBlocksByStages() throws {
    let backbone = try buildBackbone(fixture("timm_convnext"), configuration: own)
    #expect(backbone.family == "convnext")
    #expect(
      backbone.graph.sites.map(\.block) == ["stages.0.0", "stages.1.0", "stages.2.0", "stages.2.1", "stages.3.0"])
    #expect(backbone.graph.sites.map(\.stage) == [0, 1, 2, 2, 3])
    #expect(backbone.graph.sites.allSatisfy { $0.layout == .nhwc && $0.slot == 0 })
  }

  @Test func heightAndWidthStayOpen() throws {
    let graph = try buildBackbone(fixture("timm_convnext"), configuration: own).graph
    #expect(graph.inputs.map { graph.type(of: $0.value).description } == ["f32 [N, 3, H, W]"])
    #expect(graph.outputs.map(\.name) == ["features", "logits"])
  }

  @Test(arguments: ["timm_convnext", "timm_convnextv2", "hf_convnext", "hf_convnextv2"])
  func everyTensorIsMapped(_ name: String) throws {
    let tensors = try fixture(name)
    let account = try buildBackbone(tensors, configuration: own).account
    #expect(account.mapped == tensors.names && account.unused.isEmpty)
  }

  @Test func tensorsWithoutAPlaceAreRefused() throws {
    var tensors = try fixture("timm_convnext")
    tensors.added = ["norm_pre.weight": "head.norm.weight", "stages.3.blocks.7.gamma": "stages.3.blocks.0.gamma"]
    #expect(throws: BackboneError.unexpectedTensors(["norm_pre.weight", "stages.3.blocks.7.gamma"])) {
      try buildBackbone(tensors, configuration: own)
    }
  }

  @Test func missingTensorsAreNamed() throws {
    var tensors = try fixture("timm_convnext")
    tensors.missing = ["stages.2.downsample.1.weight"]
    #expect(
      throws: BackboneError.missingTensor(name: "stages.2.downsample.1.weight", role: "downsampling")
    ) { try buildBackbone(tensors, configuration: own) }
  }

  /// An overlapping stem is two convolutions: the second stands where the norm is expected.
  @Test func otherStemsAreRefused() throws {
    var tensors = try fixture("timm_convnext")
    tensors.missing = ["stem.1.weight"]
    tensors.added = ["stem.1.weight": "stages.1.downsample.1.weight"]
    #expect(
      throws: BackboneError.shape(tensor: "stem.1.weight", expected: Shape([16]).description, found: [24, 16, 2, 2])
    ) { try buildBackbone(tensors, configuration: own) }
  }

  @Test(arguments: [
    ("norm_layer", JSONValue.string("rmsnorm2d")), ("stem_type", .string("overlap")), ("output_stride", .number(16)),
    ("head_norm_first", .bool(true)), ("attention", .bool(true)),
  ])
  func timmsArgumentsAreKnownOrRefused(_ key: String, _ value: JSONValue) throws {
    let tensors = try fixture("timm_convnext")
    #expect(throws: Never.self) {
      try buildBackbone(tensors, configuration: timm(["drop_path_rate": .number(0.1), "conv_mlp": .bool(false)]))
    }
    #expect(throws: BackboneError.configUnsupported(key: "model_args.\(key)", found: "\(value)")) {
      try buildBackbone(tensors, configuration: timm([key: value]))
    }
  }

  @Test func otherActivationsAndPoolingsAreRefused() throws {
    let tensors = try fixture("timm_convnext")
    #expect(throws: BackboneError.configValue(key: "global_pool", expected: "avg", found: "max")) {
      try buildBackbone(tensors, configuration: timm(["global_pool": .string("max")]))
    }
    #expect(throws: BackboneError.self) {
      try buildBackbone(tensors, configuration: timm(["act_layer": .string("silu")]))
    }
  }

  @Test func epsilonsAreTheSources() throws {
    func epsilons(_ name: String, _ configuration: JSONValue) throws -> Set<Double> {
      let nodes = try buildBackbone(fixture(name), configuration: configuration).graph.orderedNodes()
      return Set(nodes.compactMap { ($0.op as? LayerNorm)?.epsilon })
    }
    #expect(try epsilons("timm_convnext", timm([:])) == [1e-6])
    #expect(try epsilons("timm_convnext", timm([:], architecture: "convnext_xxlarge")) == [1e-5])
    #expect(try epsilons("timm_convnext", timm(["norm_eps": .number(0.25)])) == [0.25])
    #expect(try epsilons("timm_convnext", .object(["layer_norm_eps": .number(0.5)])) == [0.5])
    let transformers = JSONValue.object(["hidden_sizes": .array([]), "layer_norm_eps": .number(0.5)])
    #expect(try epsilons("hf_convnext", transformers) == [1e-6, 0.5])
  }
}
