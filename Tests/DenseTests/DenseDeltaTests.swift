import AdaRoute
import Backbones
import Delta
import Foundation
import Graph
import Images
import Tensors
import Testing

/// Deltas that bring a dense task's heads: one backbone file serves all tasks.
@Suite struct DenseDeltaTests {
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// The fixture's backbone alone, as a converted file.
  private func base(_ fixture: DenseFixture) throws -> Model {
    let configuration = folder + "/backbone.json"
    try Data("{}".utf8).write(to: URL(filePath: configuration))
    let source = try Source(path: fixture.path("checkpoint.pth"), configuration: configuration)
    try Model(converting: source, grafting: false).write(to: folder + "/base.adaroute")
    return try Model(path: folder + "/base.adaroute")
  }

  @Test(arguments: ["upernet_swin", "maskrcnn_convnext", "panoptic_swin"])
  func aDeltaBringsTheHeads(_ name: String) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let fixture = DenseFixture(name: name)
    let (base, whole) = (try base(fixture), try fixture.model())
    #expect(try base.dense == nil)
    try whole.writeDelta(to: folder + "/task.ardelta", base: base)
    let delta = try DeltaFile(path: folder + "/task.ardelta")
    #expect(delta.manifest.tensors.contains { $0.name.hasPrefix("decode_head.") || $0.name.hasPrefix("neck.") })
    #expect(
      !delta.manifest.tensors.contains { $0.name.hasSuffix("attn.qkv.weight") || $0.name.hasSuffix("dwconv.weight") })
    let applied = try base.applying(delta)
    #expect(applied.graph.structure == whole.graph.structure)
    #expect(try applied.dense == whole.dense)
    #expect(Set(applied.graph.constants.keys) == Set(whole.graph.constants.keys))
    for (name, constant) in whole.graph.constants {
      let own = applied.graph.constants[name]?.tensor().withBytes { Array($0) }
      #expect(own == constant.tensor().withBytes { Array($0) }, "\(name)")
    }
    let photo = try RGBImage(path: fixture.path(name == "upernet_swin" ? "whole_0.png" : "image.png"))
    var (one, other) = (try DenseRunner(whole), try DenseRunner(applied))
    (one.preparation.scale, other.preparation.scale) = (photo.size, photo.size)
    let image = try one.preparation.prepare(photo)
    switch one.configuration.task {
    case .segment: #expect(try one.segment(image) == other.segment(image))
    case .detect: #expect(try one.detect(image).detections == other.detect(image).detections)
    case .panoptic: #expect(try one.panoptic(image).map == other.panoptic(image).map)
    }
    // Made once more from the model that it made, it is the same.
    try applied.writeDelta(to: folder + "/again.ardelta")
    #expect(try DeltaFile(path: folder + "/again.ardelta").manifest.dense == delta.manifest.dense)
  }
}
