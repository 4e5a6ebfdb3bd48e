import AdaRoute
import Backbones
import Dense
import Foundation
import Graph
import Images
import Runtime
import Safetensors
import Tensors
import Testing

/// Mask R-CNN and Panoptic FPN against mmdetection, from the photo's file to the last pixel.
@Suite struct DetectionTests {
  private func close(_ found: [Float], _ expected: Tensor, _ tolerance: Float, _ name: String) {
    let stated: [Float] = expected.scalars() ?? []
    #expect(found.count == stated.count, "\(name)")
    let worst = zip(found, stated).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    #expect(worst <= tolerance, "\(name): \(worst)")
  }

  private func prepared(_ runner: DenseRunner, _ fixture: DenseFixture) throws -> DensePreparation.Prepared {
    let image = try runner.preparation.prepare(RGBImage(path: fixture.path("image.png")))
    let expected: [Float] = try #require(try fixture.references().tensor(named: "input").scalars())
    #expect(image.values == expected)
    return image
  }

  private func expectThings(_ found: FoundThings, _ references: SafetensorsFile) throws {
    let proposals = zip(found.proposals.boxes, found.proposals.scores).flatMap { box, score in
      [box.left, box.top, box.right, box.bottom, score]
    }
    // Noise of 3e-7 in the weights moves boxes by 1.5e-3 pixels and scores by 1.3e-4.
    close(proposals, try references.tensor(named: "rpn.proposals"), 0.01, "proposals")
    let detections = found.detections
    let boxes = detections.boxes.flatMap { [$0.left, $0.top, $0.right, $0.bottom] }
    close(boxes, try references.tensor(named: "det.boxes"), 0.01, "boxes")
    close(detections.scores, try references.tensor(named: "det.scores"), 2e-4, "scores")
    let labels: [Int64] = try #require(try references.tensor(named: "det.labels").scalars())
    #expect(detections.labels.map { Int64($0) } == labels)
    let logits = try #require(found.maskLogits)
    let numbers: [Float] = try #require(logits.scalars())
    let (each, area) = (logits.shape.count(1..<4), logits.shape.count(2..<4))
    var chosen: [Float] = []
    for (place, label) in detections.labels.enumerated() {
      let start = place * each + label * area
      chosen += numbers[start..<start + area]
    }
    close(chosen, try references.tensor(named: "mask.logits"), 5e-3, "mask logits")
    try expectMasks(found.masks, references)
  }

  private func expectMasks(_ masks: [RunLengthMask], _ references: SafetensorsFile) throws {
    let bits: [UInt8] = try #require(try references.tensor(named: "mask.bits").scalars())
    let line = bits.count / max(masks.count, 1)
    for (place, mask) in masks.enumerated() {
      let pixels = mask.pixels
      let expected = pixels.indices.map { (index: Int) -> UInt8 in
        let byte = bits[place * line + index / 8]
        return (byte >> UInt8(7 - index % 8)) & 1
      }
      #expect(pixels == expected, "mask \(place)")
    }
  }

  /// What the network computes of the whole image, map by map.
  @Test(arguments: ["maskrcnn_swin", "maskrcnn_convnext", "panoptic_swin"]) func maps(_ name: String) throws {
    let fixture = DenseFixture(name: name)
    let (model, references) = (try fixture.model(), try fixture.references())
    let levels = 0..<5
    let graph = try model.graph.cut(
      at: [],
      outputs: ["stage3"] + levels.flatMap { ["fpn.\($0)", "rpn.scores.\($0)", "rpn.deltas.\($0)"] })
    let found = try Session(graph).run(["input": try references.tensor(named: "input")])
    func compare(_ own: String, _ stated: String, _ tolerance: Float) throws {
      #expect(difference(found[own], try references.tensor(named: stated)) <= tolerance, "\(own)")
    }
    // Noise of 3e-7 in the weights changes the pyramid by up to 7e-5.
    try compare("stage3", "backbone.3", 1e-4)
    for level in levels { try compare("fpn.\(level)", "fpn.\(level)", 1e-4) }
    for level in 2..<5 {
      try compare("rpn.scores.\(level)", "rpn.cls.\(level)", 2e-4)
      try compare("rpn.deltas.\(level)", "rpn.reg.\(level)", 2e-4)
    }
  }

  @Test(arguments: ["maskrcnn_swin", "maskrcnn_convnext"]) func things(_ name: String) throws {
    let fixture = DenseFixture(name: name)
    let runner = try DenseRunner(fixture.model())
    #expect(runner.configuration.task == .detect)
    let found = try runner.detect(prepared(runner, fixture))
    try expectThings(found, fixture.references())
    struct Entry: Decodable { let segmentation: COCOSegmentation }
    let runs = try COCOFile.read([Entry].self, fixture.path("masks_rle.json")).map(\.segmentation)
    #expect(found.masks.map { COCOSegmentation($0) } == runs)
  }

  @Test func thingsAndStuff() throws {
    let fixture = DenseFixture(name: "panoptic_swin")
    let (runner, references) = (try DenseRunner(fixture.model()), try fixture.references())
    let (map, found) = try runner.panoptic(prepared(runner, fixture))
    try expectThings(found, references)
    #expect(difference(found.semantic, try references.tensor(named: "semantic.logits")) <= 2e-4)
    let expected: [Int32] = try #require(try references.tensor(named: "panoptic").scalars())
    #expect(map.identifiers.map { Int32($0) } == expected)
  }

  @Test func otherTasksAreRefused() throws {
    let fixture = DenseFixture(name: "maskrcnn_convnext")
    let path = fixture.path("checkpoint.pth")
    let runner = try DenseRunner(fixture.model())
    let image = try runner.preparation.prepare(RGBImage(path: fixture.path("image.png")))
    #expect(throws: DenseRunError.otherTask(path: path, asked: .segment, found: .detect)) {
      try runner.segment(image)
    }
    #expect(throws: DenseRunError.otherTask(path: path, asked: .panoptic, found: .detect)) {
      try runner.panoptic(image)
    }
  }

  @Test func onePixelIsAnImage() throws {
    let fixture = DenseFixture(name: "maskrcnn_convnext")
    var runner = try DenseRunner(fixture.model())
    runner.preparation.scale = ImageSize(height: 64, width: 64)
    let pixel = try #require(RGBImage(width: 1, height: 1, pixels: [9, 200, 30]))
    let found = try runner.detect(runner.preparation.prepare(pixel))
    #expect(found.masks.count == found.detections.boxes.count)
    #expect(found.masks.allSatisfy { $0.height == 1 && $0.width == 1 })
  }
}
