import Backbones
import Dense
import Foundation
import Images
import Safetensors
import Tensors
import Testing

/// Preparation of images against mmsegmentation's and mmdetection's test pipelines, byte for byte.
@Suite struct PreparationTests {
  private static let files = ["image0.png", "image1.png", "image2.png"]

  private func expect(_ preparation: DensePreparation, _ file: String, _ pipeline: String) throws {
    let fixture = DenseFixture(name: "preprocess")
    let references = try fixture.references()
    let image = try RGBImage(path: fixture.path(file))
    let prepared = try preparation.prepare(image)
    let meta = try #require(try fixture.json()["images"]?[file]?[pipeline])
    #expect([prepared.content.height, prepared.content.width, 3] == meta["img_shape"]?.integers)
    #expect([prepared.size.height, prepared.size.width, 3] == meta["pad_shape"]?.integers)
    let factors = try #require(meta["scale_factor"]).items.compactMap { $0.number.map { Float($0) } }
    #expect([prepared.factors.width, prepared.factors.height] == Array(factors.prefix(2)))
    let bytes = try preparation.image(from: image).pixels
    let last = "\(file).\(pipeline).resized_rgb_uint8"
    #expect(bytes == (try references.tensor(named: last).scalars()), "\(last)")
    let input = "\(file).\(pipeline).input"
    if references.contains(input) {
      #expect(prepared.values == (try references.tensor(named: input).scalars()), "\(input)")
    }
  }

  @Test(arguments: files + ["image0.jpg"]) func segmentation(_ file: String) throws {
    try expect(
      DensePreparation(scale: ImageSize(height: 128, width: 512), completion: .resizing), file, "mmseg")
  }

  @Test(arguments: files) func detection(_ file: String) throws {
    try expect(DensePreparation(scale: ImageSize(height: 150, width: 250), completion: .padding), file, "mmdet")
  }

  @Test func labelsAreWrittenAndRead() throws {
    let size = ImageSize(height: 2, width: 3)
    let palette = (0..<4).map { SIMD3<UInt8>($0, 2 * $0, 255 - $0) }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".png")
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(PNGFile.bytes(labels: [0, 1, 2, 3, 2, 1], size: size, palette: palette)).write(to: folder)
    #expect(try LabelImage(path: folder.path).labels == [0, 1, 2, 3, 2, 1])
    let shown = try RGBImage(path: folder.path)
    #expect(Array(shown.pixels[9..<12]) == [3, 6, 252])
    try Data(PNGFile.bytes(of: shown)).write(to: folder)
    #expect(try RGBImage(path: folder.path) == shown)
    // Colours are no labels.
    #expect(
      throws: ImageError.corrupt(.png, reason: "labels are grey or of a palette, not in colours", path: folder.path)
    ) {
      try LabelImage(path: folder.path)
    }
    #expect(throws: ImageError.self) {
      try PNGFile.bytes(labels: [4], size: ImageSize(height: 1, width: 1), palette: palette)
    }
  }

  @Test func greyValuesAreLabels() throws {
    let path = DenseFixture(name: "metrics_miou").path("gt_0.png")
    let (labels, image) = (try LabelImage(path: path), try RGBImage(path: path))
    #expect(labels.labels == stride(from: 0, to: image.pixels.count, by: 3).map { UInt16(image.pixels[$0]) })
  }
}
