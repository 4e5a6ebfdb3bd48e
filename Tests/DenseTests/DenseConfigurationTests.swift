import AdaRoute
import Backbones
import Foundation
import Graph
import ONNX
import Runtime
import Safetensors
import Tensors
import Testing

/// What configurations of dense networks are read as, and what is refused.
@Suite struct DenseConfigurationTests {
  private static let swin = DenseFixture(name: "upernet_swin")

  /// The fixture's configuration with something changed within `model_cfg`.
  private func refusal(_ change: (inout [String: JSONValue]) -> Void) throws -> String {
    guard case .object(var model)? = try Self.swin.json()["model_cfg"] else { throw CocoaError(.fileReadCorruptFile) }
    change(&model)
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".json")
    defer { try? FileManager.default.removeItem(at: path) }
    try JSONEncoder().encode(JSONValue.object(model)).write(to: path)
    do {
      _ = try Model(path: Self.swin.path("checkpoint.pth"), configuration: path.path)
      return "accepted"
    } catch {
      return String("\(error)".split(separator: ": ", maxSplits: 1).last ?? "")
    }
  }

  private func setting(_ part: String, _ key: String, _ value: JSONValue) throws -> String {
    try refusal { model in
      guard case .object(var members)? = model[part] else { return }
      members[key] = value
      model[part] = .object(members)
    }
  }

  @Test func everyTensorIsAccountedFor() throws {
    let report = ConversionReport(try Self.swin.model(), output: "")
    #expect(report.unused.count { $0.reason == "counts steps of training" } == 13)
    #expect(report.unused.contains { $0.name == "auxiliary_head.conv_seg.weight" })
    #expect(report.mapped.contains("decode_head.fpn_bottleneck.bn.running_var"))
    #expect(report.mapped.contains("layers.0.blocks.0.attn.qkv.weight"))
    let saved = 515
    #expect(report.mapped.count + report.unused.count + report.grafted.count == saved)
    #expect(report.labels == 6)
  }

  @Test func theModelDictAloneWillDo() throws { #expect(try refusal { _ in } == "accepted") }

  @Test func unknownSettingsAreRefused() throws {
    #expect(
      try setting("decode_head", "align_corners", .bool(true))
        == "the configuration's decode_head.align_corners: false expected, true found")
    #expect(
      try setting("decode_head", "num_convs", .number(3))
        == "the configuration's decode_head.num_convs is 3: this version does not know what it does to the network")
    #expect(
      try setting("decode_head", "type", .string("PSPHead"))
        == "the configuration's decode_head.type: \"UPerHead\" expected, \"PSPHead\" found")
    #expect(
      try setting("decode_head", "num_classes", .number(7))
        == "tensor decode_head.conv_seg.weight: shape [7, 12, 1, 1] expected, [6, 12, 1, 1] found")
    #expect(
      try setting("backbone", "ape", .bool(true))
        == "the configuration's backbone.ape: false expected, true found")
    #expect(
      try setting("test_cfg", "mode", .string("slide"))
        == "the configuration does not state test_cfg.crop_size and test_cfg.stride (the windows of mode slide)")
    let network = try refusal { $0["type"] = .string("CascadeEncoderDecoder") }
    #expect(
      network.hasPrefix("the configuration's type: EncoderDecoder")
        && network.hasSuffix("\"CascadeEncoderDecoder\" found"))
  }

  @Test func aConvertedFileKeepsTheHead() throws {
    let model = try Self.swin.model()
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".adaroute").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.write(to: path)
    let read = try Model(path: path)
    #expect(try read.dense == model.dense)
    #expect(read.graph.structure == model.graph.structure)
  }

  @Test func theNetworkIsWrittenAsONNX() throws {
    let model = try Self.swin.model()
    let input = ["input": try Self.swin.references().tensor(named: "whole.input")]
    let fixed = try model.graph.fixing(["H": 128, "W": 160])
    let back = try LoweredModel(ExportedModel(fixed).model).graph
    let expected = try #require(try Session(model.graph).run(input, outputs: ["logits"])["logits"])
    #expect(difference(try Session(back).run(input, outputs: ["logits"])["logits"], expected) <= 2e-4)
  }
}
