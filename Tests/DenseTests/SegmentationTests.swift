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

/// UperNet on Swin and ConvNeXt against mmsegmentation.
@Suite struct SegmentationTests {
  @Test(arguments: ["upernet_swin", "upernet_convnext", "upernet_swin_batch2"])
  func wholeImages(_ name: String) throws {
    let fixture = DenseFixture(name: name)
    let (model, references) = (try fixture.model(), try fixture.references())
    #expect(try model.dense?.task == .segment)
    let input = ["input": try references.tensor(named: "whole.input")]
    let outputs = try Session(model.graph).run(input)
    // Swapping any two sums changes features by 1e-5; uniform routing changes them by more than 0.2.
    for level in 0..<4 {
      let expected = "whole.backbone.\(level)"
      guard references.contains(expected) else { continue }
      #expect(difference(outputs["stage\(level)"], try references.tensor(named: expected)) <= 1e-4)
    }
    let logits = try #require(outputs["logits"])
    #expect(difference(logits, try references.tensor(named: "whole.logits")) <= 2e-4)
    try expectLabels(logits, "whole", fixture, references)
  }

  private func expectLabels(
    _ logits: Tensor, _ run: String, _ fixture: DenseFixture, _ references: SafetensorsFile
  ) throws {
    let runs = try #require(try fixture.json()["runs"]).items
    let metas = try #require(runs.first { try $0.text("name") == run }?["img_metas"]).items
    let expected: [UInt8] = try #require(try references.tensor(named: run + ".labels").scalars())
    let input = try references.tensor(named: run + ".input").shape
    let values: [Float] = try #require(logits.scalars())
    let shape = logits.shape
    let each = shape.count(1..<4)
    for (image, meta) in metas.enumerated() {
      let (kept, original) = (try #require(meta["img_shape"]).integers, try #require(meta["ori_shape"]).integers)
      func axis(_ place: Int) -> BilinearAxis {
        BilinearAxis(length: shape[2 + place]).resized(to: input[2 + place]).cropped(to: kept[place])
          .resized(to: original[place])
      }
      let map = values[image * each..<(image + 1) * each].withUnsafeBufferPointer { logits in
        LabelMap(
          logits: logits.baseAddress!, classes: shape[1], size: (shape[2], shape[3]), rows: axis(0), columns: axis(1))
      }
      let area = original[0] * original[1]
      #expect(map.labels.map { UInt8($0) } == Array(expected[image * area..<(image + 1) * area]))
    }
  }

  @Test(arguments: ["upernet_swin", "upernet_convnext"]) func slidingWindows(_ name: String) throws {
    let fixture = DenseFixture(name: name)
    let (model, references) = (try fixture.model(), try fixture.references())
    let run = try #require(try fixture.json()["runs"]?.items.first { try $0.text("name") == "slide" })
    let crop = try #require(run["test_cfg"]?["crop_size"]).integers
    let stride = try #require(run["test_cfg"]?["stride"]).integers
    let input = try references.tensor(named: "slide.input")
    let (height, width) = (input.shape[2], input.shape[3])
    let grid = WindowGrid(
      height: height, width: width, crop: (crop[0], crop[1]), stride: (stride[0], stride[1]))
    let expected: [Int32] = try #require(try references.tensor(named: "slide.windows").scalars())
    let found = grid.windows.flatMap { window in
      [window.rows.lowerBound, window.rows.upperBound, window.columns.lowerBound, window.columns.upperBound]
    }
    #expect(Set(found) == Set(expected.map { Int($0) }) && found.count == expected.count)
    let session = Session(model.graph)
    let metas = try #require(run["img_metas"]?.items.first)
    let (kept, original) = (try #require(metas["img_shape"]).integers, try #require(metas["ori_shape"]).integers)
    let classes = try #require(try model.dense?.classes)
    var labels = WindowedLabels(
      classes: classes, width: width,
      rows: BilinearAxis(length: height).cropped(to: kept[0]).resized(to: original[0]),
      columns: BilinearAxis(length: width).cropped(to: kept[1]).resized(to: original[1]))
    let pixels: [Float] = try #require(input.scalars())
    for window in grid.windows {
      let values = (0..<3).flatMap { channel in
        window.rows.flatMap { row in
          let start = (channel * height + row) * width
          return pixels[start + window.columns.lowerBound..<start + window.columns.upperBound]
        }
      }
      let tensor = Tensor(values, shape: [1, 3, window.rows.count, window.columns.count])
      let result = try #require(try session.run(["input": tensor], outputs: ["logits"])["logits"])
      let numbers: [Float] = try #require(result.scalars())
      labels.add(numbers, height: result.shape[2], width: result.shape[3], of: window)
    }
    if references.contains("slide.logits_input_size") {
      let lines = (0..<height).map { labels.means(ofRow: $0) }
      let means = (0..<classes).flatMap { index in lines.flatMap { $0[index * width..<(index + 1) * width] } }
      let expected = try references.tensor(named: "slide.logits_input_size")
      #expect(difference(Tensor(means, shape: [1, classes, height, width]), expected) <= 2e-4)
    }
    let expectedLabels: [UInt8] = try #require(try references.tensor(named: "slide.labels").scalars())
    #expect(labels.finished().labels.map { UInt8($0) } == expectedLabels)

    // From the photo on, a row of windows at a time.
    var runner = try DenseRunner(model)
    let scale = try #require(run["img_scale"]).integers
    runner.preparation.scale = ImageSize(height: scale[0], width: scale[1])
    runner.windows = .init(crop: (crop[0], crop[1]), stride: (stride[0], stride[1]))
    let photo = try runner.preparation.prepare(RGBImage(path: fixture.path("slide_0.png")))
    #expect(photo.values == pixels)
    #expect(try runner.segment(photo).labels.map { UInt8($0) } == expectedLabels)
  }

  /// One window over an image of its size: the whole image's routing is the window's.
  @Test func globalRoutingOfOneWindow() throws {
    let fixture = DenseFixture(name: "upernet_swin")
    var runner = try DenseRunner(fixture.model())
    runner.preparation.scale = ImageSize(height: 128, width: 512)
    let photo = try runner.preparation.prepare(RGBImage(path: fixture.path("whole_0.png")))
    let whole = try runner.segment(photo)
    runner.windows = .init(crop: (photo.size.height, photo.size.width), stride: (64, 64))
    runner.routesGlobally = true
    #expect(try runner.segment(photo) == whole)
    // Through smaller windows the image's routing gives other labels than each window's own.
    runner.windows = .init(crop: (64, 96), stride: (40, 56))
    let global = try runner.segment(photo)
    runner.routesGlobally = false
    #expect(try runner.segment(photo) != global)
  }

  /// Rows of windows that are settled go, and nothing changes by it.
  @Test func settledRowsAreLetGo() {
    let (height, width, classes) = (96, 40, 3)
    let grid = WindowGrid(height: height, width: width, crop: (32, 32), stride: (16, 8))
    let rows = BilinearAxis(length: height).resized(to: 57)
    let columns = BilinearAxis(length: width).resized(to: 31)
    var labels = WindowedLabels(classes: classes, width: width, rows: rows, columns: columns)
    var whole = WindowedLabels(classes: classes, width: width, rows: rows, columns: columns)
    var most = 0
    for (place, window) in grid.windows.enumerated() {
      let logits = (0..<classes * 8 * 8).map { sinf(Float($0 * 7 + place * 13)) }
      labels.advance(to: window.rows.lowerBound)
      labels.add(logits, height: 8, width: 8, of: window)
      whole.add(logits, height: 8, width: 8, of: window)
      most = max(most, labels.numberCount)
    }
    let each = classes * 8 * 8
    // Two windows beside each other; of the two above, little more than the lower half.
    #expect(whole.numberCount == grid.windows.count * each)
    #expect(most <= 2 * each + 2 * each * 3 / 4 && most > 2 * each)
    #expect(labels.finished() == whole.finished())
  }

  /// Windows are held as long as rows need them, and no longer.
  @Test func windowsAreLetGo() {
    let rows = BilinearAxis(length: 8).resized(to: 4)
    var labels = WindowedLabels(classes: 1, width: 2, rows: rows, columns: BilinearAxis(length: 2))
    let grid = WindowGrid(height: 8, width: 2, crop: (4, 2), stride: (2, 2))
    var most = 0
    for window in grid.windows {
      labels.advance(to: window.rows.lowerBound)
      labels.add([1], height: 1, width: 1, of: window)
      most = max(most, labels.windowCount)
    }
    #expect(grid.windows.count == 3 && most == 2)
    #expect(labels.means(ofRow: 7) == [1, 1])
    let map = labels.finished()
    #expect(map.height == 4 && map.labels == [UInt16](repeating: 0, count: 8))
  }
}
