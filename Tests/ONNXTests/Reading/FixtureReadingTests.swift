import Foundation
import ONNX
import Safetensors
import Tensors
import Testing

/// Models as exporters write them.
@Suite struct FixtureReadingTests {
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures")

  static func path(_ name: String) -> String { fixtures.appending(path: "\(name)/model.onnx").path }

  /// Counts as `onnx.load` gives them.
  static let counts: [(name: String, opset: Int, nodes: Int)] = [
    ("onnx_timm_vit_op12", 12, 252), ("onnx_timm_vit_op14", 14, 277), ("onnx_timm_vit_op17", 17, 207),
    ("onnx_timm_vit_op17_external", 17, 207), ("onnx_timm_vit_dynamo18", 18, 107),
    ("onnx_timm_vit_dynamo20", 20, 95), ("onnx_timm_vit_dynamo23", 23, 95), ("onnx_hf_vit_op17", 17, 303),
  ]

  @Test(arguments: counts.indices) func headersAreRead(_ index: Int) throws {
    let (name, opset, nodes) = Self.counts[index]
    let model = try ONNXModel(path: Self.path(name))
    #expect(model.opsets[""] == opset)
    #expect(model.graph.nodes.count == nodes)
    #expect(model.producer.hasPrefix("pytorch 2.15.0"))
    #expect(model.graph.inputs.map(\.name) == ["input"])
    #expect(model.graph.inputs[0].shape == [.symbol("batch"), .known(3), .known(40), .known(40)])
    #expect(model.graph.outputs.count == 1)
  }

  /// Initializers that keep the checkpoint's names hold its bytes, inline and external.
  @Test(arguments: counts.map(\.name).filter { $0.contains("timm") })
  func initializersAreTheCheckpoints(_ name: String) throws {
    let model = try ONNXModel(path: Self.path(name))
    let checkpoint = try SafetensorsFile(path: Self.fixtures.appending(path: "timm_vit/model.safetensors").path)
    let shared = checkpoint.names.filter { model.graph.initializers[$0] != nil }
    #expect(shared.count >= 30)
    for name in shared {
      let (ours, theirs) = (try #require(model.graph.initializers[name]), try checkpoint.tensor(named: name))
      #expect(ours.shape == theirs.shape && ours.type == theirs.type)
      #expect(ours.withBytes { Array($0) } == theirs.withBytes { Array($0) }, "\(name)")
    }
  }

  @Test func externalDataIsMappedOnce() throws {
    let file = try ONNXFile(path: Self.path("onnx_timm_vit_op17_external"))
    #expect(file.paths.map { URL(filePath: $0).lastPathComponent } == ["model.onnx", "weights.bin"])
    try file.validateStillWhole()
  }
}
