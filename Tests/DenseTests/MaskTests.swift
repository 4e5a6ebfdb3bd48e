import Dense
import Testing

@Suite struct MaskTests {
  @Test func runsGoDownTheColumns() {
    let mask = RunLengthMask(height: 2, width: 3, pixels: [0, 1, 1, 0, 1, 0])
    #expect(mask.runs == [2, 3, 1])
    #expect(mask.area == 3)
    #expect(mask.pixels == [0, 1, 1, 0, 1, 0])
    #expect(mask.box.coco == [1, 0, 2, 2])
    #expect(RunLengthMask(height: 2, width: 1, pixels: [1, 1]).runs == [0, 2])
  }

  /// What pycocotools writes is read, and written again.
  @Test(arguments: ["maskrcnn_swin", "maskrcnn_convnext"]) func textIsThatOfCOCO(_ name: String) throws {
    let path = DenseFixture(name: name).path("masks_rle.json")
    struct Entry: Decodable { let segmentation: COCOSegmentation }
    let masks = try COCOFile.read([Entry].self, path).map(\.segmentation)
    #expect(masks.count >= 10)
    for case .text(let height, let width, let text) in masks {
      let mask = try RunLengthMask(height: height, width: width, text: text)
      #expect(mask.text == text)
      #expect(RunLengthMask(height: height, width: width, pixels: mask.pixels) == mask)
    }
  }

  @Test func wrongRunsAreRefused() {
    #expect(throws: MaskError.runs(expected: 4, found: "3")) { try RunLengthMask(height: 2, width: 2, runs: [1, 2]) }
    #expect(throws: MaskError.runs(expected: 4, found: "more")) {
      try RunLengthMask(height: 2, width: 2, runs: [1, 4])
    }
    #expect(throws: MaskError.runs(expected: 4, found: "a run of -1")) {
      try RunLengthMask(height: 2, width: 2, runs: [-1, 5])
    }
    #expect(throws: MaskError.text("~")) { try RunLengthMask(height: 2, width: 2, text: "~") }
    #expect(throws: MaskError.text("P")) { try RunLengthMask(height: 2, width: 2, text: "P") }
    let long = String(repeating: "o", count: 14)
    #expect(throws: MaskError.text(long)) { try RunLengthMask(height: 2, width: 2, text: long) }
    #expect(throws: MaskError.size(height: -1, width: 2)) { try RunLengthMask(height: -1, width: 2, runs: []) }
  }

  @Test func polygons() throws {
    let square = try RunLengthMask(height: 4, width: 4, polygon: [1, 1, 3, 1, 3, 3, 1, 3])
    #expect(square.box.coco == [1, 1, 2, 2])
    #expect(square.area == 4)
    #expect(throws: MaskError.polygon("an even number of at least 6 coordinates expected, 4 found")) {
      try RunLengthMask(height: 4, width: 4, polygon: [1, 1, 3, 1])
    }
    #expect(throws: MaskError.polygon("coordinates of at most 1048576 expected")) {
      try RunLengthMask(height: 4, width: 4, polygon: [1, 1, 3, 1, .infinity, 3])
    }
  }

  @Test func commonPixels() {
    let a = RunLengthMask(height: 2, width: 2, pixels: [1, 1, 0, 0])
    let b = RunLengthMask(height: 2, width: 2, pixels: [0, 1, 0, 1])
    #expect(a.intersection(b) == 1 && b.intersection(a) == 1)
    #expect(RunLengthMask(union: [a, b], height: 2, width: 2).pixels == [1, 1, 0, 1])
  }
}
