import Backbones
import Grafting
import Graph
import Kernels
import ONNX
import Runtime
import Safetensors
import Tensors
import Testing

/// The same network from an ONNX file and from safetensors: one graph.
@Suite struct ONNXParityTests {
  static let fixtures = [
    ("onnx_timm_vit_op12", "timm_vit"), ("onnx_timm_vit_op14", "timm_vit"),
    ("onnx_timm_vit_op17", "timm_vit"),
    ("onnx_timm_vit_op17_external", "timm_vit"), ("onnx_timm_vit_dynamo18", "timm_vit"),
    ("onnx_timm_vit_dynamo20", "timm_vit"), ("onnx_timm_vit_dynamo23", "timm_vit"),
    ("onnx_hf_vit_op17", "hf_vit"),
  ].map { (file: Fixture(name: $0.0), backbone: Fixture(name: $0.1)) }

  func lowered(_ fixture: Fixture) throws -> LoweredModel {
    try LoweredModel(ONNXModel(path: fixture.path("model.onnx")))
  }

  /// The checkpoint's network for images of the size that the exporter fixed.
  func fixed(_ fixture: Fixture) throws -> Graph {
    let backbone = try fixture.backbone()
    let size = try #require(backbone.imageSize)
    return try backbone.graph.fixing(["H": size.height, "W": size.width])
  }

  /// Operators and attributes of the nodes that an output needs, in the graph's order.
  func listing(_ graph: Graph, _ output: String) throws -> [String] {
    let value = try #require(graph.outputs.first { $0.name == output }).value
    var needed: Set<ValueID> = [value]
    let ordered = graph.orderedNodes()
    for node in ordered.reversed() where !needed.isDisjoint(with: node.results) {
      needed.formUnion(node.operands)
    }
    return ordered.filter { !needed.isDisjoint(with: $0.results) }.map { node in
      let attributes = node.op.attributes.sorted.map { " \($0.name)=\($0.value)" }.joined()
      return node.op.identifier + "(\(node.operands.count))" + attributes
    }
  }

  @Test(arguments: fixtures) func graphsAreTheSame(_ file: Fixture, _ backbone: Fixture) throws {
    let found = try listing(lowered(file).graph, "output")
    let expected = try listing(fixed(backbone), "logits")
    #expect(found == expected)
  }

  @Test(arguments: fixtures) func outputsEqualTheReference(_ file: Fixture, _ backbone: Fixture) throws {
    let references = try file.references()
    let graph = try lowered(file).graph
    for kernels in KernelSet.available {
      let session = Session(graph, threads: 2, kernels: kernels)
      let outputs = try session.run(["input": references.tensor(named: "input")])
      #expect(
        difference(outputs["output"], try references.tensor(named: "output")) <= parity, "\(kernels.name)")
    }
  }

  @Test(arguments: fixtures) func sitesAreTheFamilys(_ file: Fixture, _ backbone: Fixture) throws {
    let named = try fixed(backbone)
    let unnamed = try lowered(file).graph.foundSites()
    #expect(unnamed.map(\.block) == named.sites.map(\.block))
    #expect(unnamed.map(\.layout) == named.sites.map(\.layout))
    #expect(unnamed.allSatisfy { $0.stage == nil && $0.slot == 0 })
    // On the graph that names its sites itself, the very same values; of images of any size as well.
    #expect(try named.foundSites() == named.sites)
    let open = try backbone.backbone().graph
    #expect(try open.foundSites() == open.sites)
  }

  /// A graft trained on the timm checkpoint works on each export of it.
  @Test(arguments: fixtures.filter { $0.backbone.name == "timm_vit" })
  func graftsAnswerAlike(_ file: Fixture, _ backbone: Fixture) throws {
    let graft = Fixture(name: "graft_timm_vit")
    let tensors = try SafetensorsFile(path: graft.path("graft.safetensors"))
    let method = try AdaRouteMethod(AdaRouteConfiguration(readingFrom: tensors))
    let graph = try method.graft(lowered(file).graph.findingSites(), .given(tensors)).graph
    let references = try graft.references()
    for kernels in KernelSet.available {
      let session = Session(graph, threads: 2, kernels: kernels)
      let names = references.names.filter { session.outputNames.contains($0) }
      #expect(names.count == 3)
      let outputs = try session.run(["input": references.tensor(named: "input")], outputs: names + ["output"])
      #expect(
        difference(outputs["output"], try references.tensor(named: "logits")) <= parity, "\(kernels.name)")
      for name in names {
        let reference = try references.tensor(named: name)
        #expect(
          difference(outputs[name], reference) <= parity * max(1, magnitude(reference)),
          "\(name), \(kernels.name)")
      }
    }
  }

  /// Every initializer is read, or went into shapes and settings.
  @Test(arguments: fixtures) func initializersAreAccountedFor(_ file: Fixture, _ backbone: Fixture) throws {
    let model = try ONNXModel(path: file.path("model.onnx"))
    let lowered = try LoweredModel(model)
    #expect(
      (lowered.account.read + lowered.account.unused.map(\.name)).sorted()
        == model.graph.initializers.keys.sorted())
    #expect(lowered.account.read == lowered.graph.constants.keys.sorted())
    #expect(lowered.account.unused.allSatisfy { $0.reason == .folded && $0.name.hasPrefix("val_") })
  }
}
