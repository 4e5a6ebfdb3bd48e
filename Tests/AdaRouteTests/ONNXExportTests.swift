import Foundation
import Graph
import ONNX
import Runtime
import Safetensors
import Tensors
import Testing

/// What is written as ONNX and read back computes the same, at any batch.
@Suite struct ONNXExportTests {
  /// One network of each kind, and every graft without a routed convolution's padding.
  static let fixtures = [
    "timm_vit", "timm_vit_gap", "hf_vit", "timm_dinov2_reg4", "timm_deit_distilled", "timm_clip_vision",
    "hf_clip_vision", "timm_convnext", "hf_convnext", "graft_timm_vit_tokens", "parax_vit_tokens",
    "parax_convnext_tokens",
  ].map { Fixture(name: $0) }

  func written(_ graph: Graph, opset: Int = ExportedModel.defaultOpset) throws -> Graph {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "model.onnx").path
    let exported = try ExportedModel(graph, opset: opset, producerVersion: "test")
    let size = try exported.write(to: path)
    #expect(try Data(contentsOf: URL(filePath: path)).count == size)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.onnx"])
    // The mapping outlives the file's name.
    return try LoweredModel(ONNXModel(path: path)).graph
  }

  @Test(arguments: fixtures) func readBackItComputesTheSame(_ fixture: Fixture) throws {
    let original = try fixture.fixedNetwork()
    let graph = try written(original)
    #expect(graph.outputs.map(\.name) == original.outputs.map(\.name))
    #expect(graph.inputs.map { graph.type(of: $0.value) } == original.inputs.map { original.type(of: $0.value) })
    let input = try fixture.references().tensor(named: "input")
    for images in [1, 3] {
      let batch = try repeated(input, images)
      let expected = try Session(original, threads: 2).run(["input": batch])
      let found = try Session(graph, threads: 2).run(["input": batch])
      for (name, value) in expected {
        let bound = parity * max(1, magnitude(value))
        #expect(difference(found[name], value) <= bound, "\(name), \(images) images")
      }
    }
  }

  /// Every operator set that can be asked for gives a model that is read back; the operators differ.
  @Test(arguments: ExportedModel.opsets) func everyOperatorSetIsWritten(_ opset: Int) throws {
    let fixture = Fixture(name: "graft_timm_vit_tokens")
    let graph = try written(fixture.fixedNetwork(), opset: opset)
    let references = try fixture.references()
    let outputs = try Session(graph, threads: 2).run(["input": references.tensor(named: "input")])
    #expect(difference(outputs["logits"], try references.tensor(named: "logits")) <= parity)
    let operators = Set(try ExportedModel(fixture.fixedNetwork(), opset: opset).nodes.map(\.op))
    #expect(operators.contains("Gelu") == (opset >= 20))
    #expect(operators.contains("Erf") == (opset < 20))
  }

  @Test(arguments: ["timm_swin", "graft_timm_swin"].map { Fixture(name: $0) })
  func everyInitializerIsRead(_ fixture: Fixture) throws {
    let exported = try ExportedModel(fixture.fixedNetwork())
    let read = Set(exported.nodes.flatMap(\.inputs))
    #expect(exported.initializers.map(\.name).filter { !read.contains($0) } == [])
  }

  /// No attribute and no list of the file counts the images.
  @Test(arguments: ["parax_vit_conv357", "graft_timm_convnext"].map { Fixture(name: $0) })
  func theBatchStandsNowhere(_ fixture: Fixture) throws {
    let exported = try ExportedModel(fixture.fixedNetwork())
    #expect(exported.inputs[0].shape?.first == .symbol("N"))
    #expect(exported.outputs.allSatisfy { $0.shape?.first == .symbol("N") })
    for node in exported.nodes {
      for case .ints(let list) in node.attributes.values { #expect(!list.contains(1_000_003), "\(node.name)") }
    }
    #expect(
      exported.nodes.filter { $0.op == "Conv" }.allSatisfy { $0.attributes["group"] != nil || $0.inputs.count >= 2 })
  }

  /// A weight is in the file once, though in another order where the operator wants that.
  @Test func constantsKeepTheirNames() throws {
    let graph = try Fixture(name: "graft_timm_vit").fixedNetwork()
    let exported = try ExportedModel(graph)
    let names = exported.initializers.map(\.name)
    #expect(Set(names).count == names.count)
    let own = Set(exported.initializers.map(\.origin)).intersection(graph.constants.keys)
    #expect(own.count == graph.constants.count)
    let weight = try #require(exported.initializers.first { $0.name == "blocks.0.attn.qkv.weight" })
    #expect(weight.content.shape == [48, 144])
  }

  @Test func everyOperatorHasAWriting() {
    let all = Set(OperatorCatalog.all.map { $0.identifier })
    #expect(all.subtracting(ExportedModel.writtenOperators) == [])
    #expect(ExportedModel.writtenOperators.subtracting(all) == [])
  }

  @Test func otherOperatorSetsAreRefused() throws {
    let graph = try Fixture(name: "timm_vit").network()
    #expect(throws: ExportError.opset(found: 16, supported: 17...23)) { try ExportedModel(graph, opset: 16) }
  }

  private func repeated(_ tensor: Tensor, _ images: Int) throws -> Tensor {
    let values: [Float] = try #require(tensor.scalars())
    let each = tensor.shape.count(1..<4)
    var all: [Float] = []
    for image in 0..<images {
      for position in 0..<each {
        let step = Float((position * 31 + image) % 7) * 0.01
        all.append(values[position] * (1 + 0.25 * Float(image)) + step)
      }
    }
    return Tensor(all, shape: Shape([images] + tensor.shape.extents.dropFirst()))
  }
}
