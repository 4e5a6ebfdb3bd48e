import AdaRoute
import Backbones
import Foundation
import Graph
import Testing

/// Configurations that mmcv keeps in checkpoints, as Python.
@Suite struct OwnConfigurationTests {
  @Test func literals() throws {
    let json = try JSONValue(
      python: """
        # settings
        norm_cfg = dict(type='SyncBN', requires_grad=True)
        model = dict(
            type='EncoderDecoder', pretrained=None,
            backbone=dict(depths=[2, 2, 18, 2], rate=-1e-05, ape=False, size=(512, 2048)),
            one=(3), tuple=(3, ), table={'a': 1, 2: "b\\"c"}, path='/a/'
            'b', empty=dict(), none=[])
        total = 160_000
        """)
    #expect(json["norm_cfg"]?["type"] == .string("SyncBN"))
    let model = try #require(json["model"])
    #expect(model["pretrained"] == nil)
    #expect(model["backbone"]?["depths"] == .array([.number(2), .number(2), .number(18), .number(2)]))
    #expect(model["backbone"]?["rate"] == .number(-1e-5))
    #expect(model["backbone"]?["size"] == .array([.number(512), .number(2048)]))
    #expect(model["one"] == .number(3) && model["tuple"] == .array([.number(3)]))
    #expect(model["table"] == .object(["a": .number(1), "2": .string("b\"c")]))
    #expect(model["path"] == .string("/a/b"))
    #expect(model["empty"] == .object([:]) && model["none"] == .array([]))
    #expect(json["total"] == .number(160_000))
  }

  @Test(arguments: [
    ("a = open('x')", "line 1 of the configuration in the checkpoint: open is no literal"),
    ("a = 1\nb = [1, 2", "line 2 of the configuration in the checkpoint: ']' expected"),
    ("a = 'x\ny'", "line 1 of the configuration in the checkpoint: a text does not end"),
    ("a = 1.2.3", "line 1 of the configuration in the checkpoint: 1.2.3 is no number"),
    ("import os", "line 1 of the configuration in the checkpoint: '=' expected"),
    ("a = ", "line 1 of the configuration in the checkpoint: a value expected"),
    (
      "a = " + String(repeating: "[", count: 100),
      "line 1 of the configuration in the checkpoint: nested deeper than 64"
    ),
  ])
  func whatIsNoLiteral(_ text: String, _ reason: String) {
    #expect(throws: BackboneError.configMalformed(reason: reason)) { try JSONValue(python: text) }
  }

  /// The checkpoint states its classes; the configuration here does not.
  @Test func classesOfTheCheckpoint() throws {
    let fixture = DenseFixture(name: "upernet_swin")
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".json")
    defer { try? FileManager.default.removeItem(at: path) }
    try JSONEncoder().encode(try fixture.json()["model_cfg"]).write(to: path)
    let model = try Model(path: fixture.path("checkpoint.pth"), configuration: path.path)
    #expect(ConversionReport(model, output: "").labels == 6)
  }

  /// `scripts/fixtures/add_own_configuration.py` has put the configuration into this checkpoint.
  @Test func theCheckpointsOwnConfiguration() throws {
    let fixture = DenseFixture(name: "upernet_swin_batch2")
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "checkpoint.pth").path
    try FileManager.default.copyItem(atPath: fixture.path("checkpoint.pth"), toPath: path)
    let (own, stated) = (try Model(path: path), try fixture.model())
    #expect(own.graph.structure == stated.graph.structure)
    #expect(try own.dense?.json["model"] == stated.dense?.json["model"])
    #expect(ConversionReport(own, output: "").labels == 5)
  }
}
