import AdaRoute
import Backbones
import Testing

/// The authors' published configurations by name.
@Suite struct PresetTests {
  @Test func everyNameIsAConfiguration() throws {
    #expect(DensePreset.names.count == 12)
    for name in DensePreset.names {
      let json = try #require(try DensePreset.configuration(name))
      let dense = try #require(try DenseConfiguration(json))
      let expected: (DenseTask, Int) =
        name.hasSuffix("upernet") ? (.segment, 150) : name.hasSuffix("mask_rcnn") ? (.detect, 80) : (.panoptic, 133)
      #expect((dense.task, dense.classes) == expected, "\(name)")
      let settings = try dense.detection
      #expect(settings?.things.score == (dense.task == .detect ? 0.05 : dense.task == .panoptic ? 0.6 : nil))
      #expect(settings?.fusion?.stuffArea == (dense.task == .panoptic ? 4096 : nil))
    }
    #expect(try DensePreset.configuration("swin_b_ssd") == nil)
  }

  @Test func aCheckpointOfOtherWidthsIsRefused() throws {
    let source = try Source(
      path: DenseFixture(name: "maskrcnn_swin").path("checkpoint.pth"), preset: "swin_b_mask_rcnn")
    #expect(throws: ConversionError.self) { try Model(converting: source) }
    #expect(throws: SourceError.unknownPreset("swin_x", known: DensePreset.names)) {
      try Source(path: DenseFixture(name: "maskrcnn_swin").path("checkpoint.pth"), preset: "swin_x")
    }
  }
}
