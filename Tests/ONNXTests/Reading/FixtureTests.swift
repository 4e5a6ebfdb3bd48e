import Foundation
import ONNX
import Safetensors
import Tensors
import Testing

/// What an exporter wrote, and how much of it there is.
struct Export: Sendable, CustomTestStringConvertible {
  let name: String
  let irVersion, opset, nodes, initializers: Int
  let checkpoint: String
  var files = 1
  /// What the exported module puts before the checkpoint's names.
  var prefix = ""
  /// Parameters that keep their names.
  var named = 20

  var testDescription: String { name }
  var path: String { fixture("\(name)/model.onnx") }
}

private let exports = [
  Export(
    name: "onnx_hf_vit_op17", irVersion: 8, opset: 17, nodes: 303, initializers: 56, checkpoint: "hf_vit",
    prefix: "m.", named: 6),
  Export(
    name: "onnx_timm_vit_op12", irVersion: 7, opset: 12, nodes: 252, initializers: 44,
    checkpoint: "timm_vit"),
  Export(
    name: "onnx_timm_vit_op14", irVersion: 7, opset: 14, nodes: 277, initializers: 44,
    checkpoint: "timm_vit"),
  Export(
    name: "onnx_timm_vit_op17", irVersion: 8, opset: 17, nodes: 207, initializers: 44,
    checkpoint: "timm_vit"),
  Export(
    name: "onnx_timm_vit_op17_external", irVersion: 8, opset: 17, nodes: 207, initializers: 44,
    checkpoint: "timm_vit", files: 2),
  Export(
    name: "onnx_timm_vit_dynamo18", irVersion: 10, opset: 18, nodes: 107, initializers: 56,
    checkpoint: "timm_vit"),
  Export(
    name: "onnx_timm_vit_dynamo20", irVersion: 10, opset: 20, nodes: 95, initializers: 53,
    checkpoint: "timm_vit", files: 2),
  Export(
    name: "onnx_timm_vit_dynamo23", irVersion: 10, opset: 23, nodes: 95, initializers: 53,
    checkpoint: "timm_vit"),
]

@Suite struct FixtureTests {
  @Test(arguments: exports) func exportsAreRead(_ export: Export) throws {
    let file = try ONNXFile(path: export.path)
    let model = file.model
    #expect(model.irVersion == export.irVersion)
    #expect(model.opsets == ["": export.opset])
    #expect(model.producer.hasPrefix("pytorch 2.15.0"))
    #expect(model.functions.isEmpty)
    #expect(model.graph.name == "main_graph")
    #expect(model.graph.nodes.count == export.nodes)
    #expect(model.graph.initializers.count == export.initializers)
    let input = try #require(model.graph.inputs.first)
    #expect(model.graph.inputs.count == 1 && input.name == "input" && input.element == .float32)
    #expect(input.shape?.count == 4)
    #expect(input.shape?[1] == .known(3))
    #expect(model.graph.outputs.map(\.name) == ["output"])
    #expect(file.paths.count == export.files && file.paths[0] == export.path)
    try file.validateStillWhole()
  }

  /// The operators are those that the exporter's report lists.
  @Test(arguments: exports) func nodesAreThoseOfTheFile(_ export: Export) throws {
    let report = try JSONSerialization.jsonObject(with: Data(read(fixture("\(export.name)/case.json"))))
    let ops = (report as? [String: Any])?["ops"] as? [String]
    let model = try ONNXModel(path: export.path)
    #expect(Set(model.graph.nodes.map(\.op)).sorted() == ops)
    #expect(model.graph.nodes.allSatisfy { $0.domain.isEmpty && $0.outputs.count >= 1 })
    let perms = model.graph.nodes.filter { $0.op == "Transpose" }.compactMap { $0.attributes["perm"] }
    #expect(!perms.isEmpty)
    for perm in perms {
      guard case .ints(let axes) = perm else { throw UnexpectedAttribute() }
      #expect(axes.sorted() == (0..<Int64(axes.count)).map { $0 })
    }
  }

  /// Parameters that keep their names have the bytes that the checkpoint has.
  @Test(arguments: exports) func parametersAreThoseOfTheCheckpoint(_ export: Export) throws {
    let checkpoint = try SafetensorsFile(path: fixture("\(export.checkpoint)/model.safetensors"))
    let model = try ONNXModel(path: export.path)
    var matched = 0
    for (name, tensor) in model.graph.initializers where name.hasPrefix(export.prefix) {
      let original = String(name.dropFirst(export.prefix.count))
      guard checkpoint.contains(original) else { continue }
      let expected = try checkpoint.tensor(named: original)
      #expect(tensor.type == expected.type && tensor.shape == expected.shape, "\(name)")
      #expect(tensor.contents == expected.contents, "\(name)")
      matched += 1
    }
    #expect(matched >= export.named)
  }

  @Test func externalDataAreTheInlineData() throws {
    let inline = try ONNXModel(path: fixture("onnx_timm_vit_op17/model.onnx"))
    let external = try ONNXModel(path: fixture("onnx_timm_vit_op17_external/model.onnx"))
    #expect(inline.graph.nodes.map(\.outputs) == external.graph.nodes.map(\.outputs))
    #expect(Set(inline.graph.initializers.keys) == Set(external.graph.initializers.keys))
    var outside: [ObjectIdentifier: Int] = [:]
    for (name, tensor) in inline.graph.initializers {
      let other = try #require(external.graph.initializers[name])
      #expect(other.type == tensor.type && other.shape == tensor.shape && other.contents == tensor.contents)
      outside[ObjectIdentifier(other.storage), default: 0] += 1
    }
    // One mapping of the model, one of the file beside it.
    #expect(outside.values.sorted() == [21, 23])
  }

  /// Tensors share the mapped file's storage: no initializer was copied.
  @Test func inlineDataAreNotCopied() throws {
    let model = try ONNXModel(path: fixture("onnx_timm_vit_op17/model.onnx"))
    let size = try read(fixture("onnx_timm_vit_op17/model.onnx")).count
    let storages = Set(model.graph.initializers.values.map { ObjectIdentifier($0.storage) })
    #expect(storages.count == 1)
    #expect(model.graph.initializers.values.allSatisfy { $0.storage.bytes.count == size })
  }
}

struct UnexpectedAttribute: Error {}
