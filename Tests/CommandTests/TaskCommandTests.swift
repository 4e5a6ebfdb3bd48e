import Foundation
import Images
import Safetensors
import Tensors
import Testing

/// `run --task`: pictures and results of dense networks.
@Suite struct TaskCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func model(_ name: String, scale: [Int]? = nil, labels: String? = nil) throws -> String {
    try folder.denseModel(name, scale: scale, labels: labels)
  }

  private func image(_ name: String) -> String { Tool.fixtures.appending(path: "dense/\(name)").path }

  @Test func labelsOfAPhoto() throws {
    let results = folder.file("results")
    let outcome = try Tool.run([
      "run", model("upernet_swin", scale: [512, 128]), "--task", "segment", "--image",
      image("upernet_swin/whole_0.png"), "-o", results,
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("shared_stuff_1"))
    let labels = try LabelImage(path: results + "/whole_0.labels.png")
    let references = try SafetensorsFile(path: image("upernet_swin/io.safetensors"))
    let expected: [UInt8] = try #require(try references.tensor(named: "whole.labels").scalars())
    #expect(labels.labels.map { UInt8($0) } == expected)
    #expect(try RGBImage(path: results + "/whole_0.overlay.png").size == labels.size)
  }

  @Test func windowsAndRouting() throws {
    let arguments = [
      "run", try model("upernet_swin"), "--task", "segment", "--scale", "96x160", "--window", "64x96", "--image",
      image("upernet_swin/slide_0.png"),
    ]
    let each = try Tool.run(arguments)
    #expect(each.code == 0, "\(each.errors)")
    #expect(each.output.contains("routing per window"))
    let global = try Tool.run(arguments + ["--routing", "global"])
    #expect(global.code == 0, "\(global.errors)")
    #expect(global.output.contains("routing of the whole image at up to 64x96"))
    let apart = try Tool.run(arguments + ["--stride", "40x97"])
    #expect(apart.code == 64)
    let gaps = "steps of 40x97 leave gaps between windows of 64x96: steps of at most a window expected"
    #expect(apart.errors == "adaroute: \(gaps)\n")
  }

  @Test func thingsInAPhoto() throws {
    let results = folder.file("results")
    let outcome = try Tool.run([
      "run", model("maskrcnn_convnext"), "--task", "detect", "--image", image("maskrcnn_convnext/image.png"), "-o",
      results, "--json",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let text = try Data(contentsOf: URL(filePath: results + "/results.json"))
    let found = try #require(try JSONSerialization.jsonObject(with: text) as? [[String: Any]])
    #expect(found.count == 17)
    #expect(found.first?["category_id"] as? Int == 1)
    #expect((found.first?["segmentation"] as? [String: Any])?["size"] as? [Int] == [91, 118])
    #expect(try names(results) == ["image.overlay.png", "results.json"])
  }

  @Test func thingsAndStuffInAPhoto() throws {
    let results = folder.file("results")
    let path = image("panoptic_swin/image.png")
    let outcome = try Tool.run(["run", model("panoptic_swin"), "--task", "panoptic", "--image", path, "-o", results])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let text = try Data(contentsOf: URL(filePath: results + "/panoptic.json"))
    let document = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    let entries = try #require(document["annotations"] as? [[String: Any]])
    let segments = try #require(entries.first?["segments_info"] as? [[String: Any]])
    // Six things and three kinds of stuff; the fourth is too small.
    #expect(segments.count == 9)
    let pixels = try RGBImage(path: results + "/image.panoptic.png").pixels
    for segment in segments {
      let (id, area) = (segment["id"] as? Int, segment["area"] as? Int)
      #expect(stride(from: 0, to: pixels.count, by: 3).count { Int(pixels[$0]) == id } == area)
    }
  }

  /// Things have scores, stuff has none.
  @Test func scoresOfThingsAmongStuff() throws {
    let path = image("panoptic_swin/image.png")
    let outcome = try Tool.run(["run", model("panoptic_swin"), "--task", "panoptic", "--image", path, "--json"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let regions = try #require((report?["images"] as? [[String: Any]])?.first?["regions"] as? [[String: Any]])
    let scores = regions.filter { ($0["label"] as? String)?.contains("thing") == true }
      .compactMap { ($0["score"] as? Double).map { Float($0) } }
    // Eight are found; two lie under others. Each score is one of those that mmdetection gives.
    let expected: [Float] = try #require(
      try SafetensorsFile(path: image("panoptic_swin/io.safetensors")).tensor(named: "det.scores").scalars())
    #expect(scores.count == 6 && expected.count == 8)
    for score in scores { #expect(expected.contains { abs($0 - score) <= 2e-4 }, "\(score)") }
    #expect(regions.count { $0["score"] is Double } == 6)
  }

  /// Overlays have the classes' names on them.
  @Test(arguments: [("upernet_swin", "segment"), ("maskrcnn_convnext", "detect"), ("panoptic_swin", "panoptic")])
  func namesAreWritten(_ fixture: String, _ task: String) throws {
    let photo = image(fixture + (task == "segment" ? "/whole_0.png" : "/image.png"))
    let classes = ["upernet_swin": 6, "maskrcnn_convnext": 5, "panoptic_swin": 9][fixture] ?? 0
    func overlay(_ label: String) throws -> RGBImage {
      let file = try folder.write("\(label).txt", String(repeating: label + "\n", count: classes).utf8)
      let model = try model(fixture, scale: fixture == "upernet_swin" ? [512, 128] : nil, labels: file)
      let results = folder.file(label)
      let outcome = try Tool.run(["run", model, "--task", task, "--image", photo, "-o", results])
      try #require(outcome.code == 0, "\(outcome.errors)")
      let name = try #require(try names(results).first { $0.hasSuffix(".overlay.png") })
      return try RGBImage(path: "\(results)/\(name)")
    }
    let (cat, dog) = (try overlay("cat"), try overlay("dog"))
    #expect(cat.size == dog.size && cat != dog)
    #expect(try overlay("é") == overlay("?"))
  }

  /// The README's pictures are what the tool makes; other instruction sets round otherwise, and may move a border.
  @Test func picturesOfTheReadme() throws {
    let outcome = try Tool.run([folder.path], launcher: ["/bin/bash", "scripts/pictures"])
    try #require(outcome.code == 0, "\(outcome.errors)")
    for task in ["segment", "detect", "panoptic"] {
      let made = try RGBImage(path: folder.file("\(task).png"))
      let shown = try RGBImage(path: Tool.fixtures.appending(path: "pictures/\(task).png").path)
      try #require(made.size == shown.size)
      let differing = zip(made.pixels, shown.pixels).count { $0 != $1 }
      #expect(differing * 100 <= made.pixels.count, "\(task): \(differing) of \(made.pixels.count)")
    }
  }

  /// One pixel is a photo: all of it is one class, or one thing.
  @Test(arguments: [
    ("upernet_swin", "segment", ""), ("upernet_swin", "segment", "--window 64x96"),
    ("upernet_swin", "segment", "--window 64x96 --routing global"), ("maskrcnn_convnext", "detect", ""),
    ("panoptic_swin", "panoptic", ""),
  ])
  func onePixel(_ fixture: String, _ task: String, _ extra: String) throws {
    let pixel = try #require(RGBImage(width: 1, height: 1, pixels: [200, 30, 9]))
    let (photo, results) = (try folder.write("pixel.png", PNGFile.bytes(of: pixel)), folder.file("results"))
    let model = try model(fixture, scale: fixture == "upernet_swin" ? [512, 128] : nil)
    let outcome = try Tool.run(
      ["run", model, "--task", task, "--image", photo, "-o", results] + extra.split(separator: " ").map(String.init))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("pixel.png: 1x1"))
    let overlay = try RGBImage(path: results + "/pixel.overlay.png")
    #expect(overlay.size == pixel.size)
    if task == "segment" { #expect(try LabelImage(path: results + "/pixel.labels.png").labels.count == 1) }
  }

  /// A detector's delta on the plain backbone, asked to segment.
  @Test func aDeltaOfAnotherTask() throws {
    let checkpoint = image("maskrcnn_convnext/checkpoint.pth")
    let (base, delta) = (folder.file("base.adaroute"), folder.file("task.ardelta"))
    let empty = try folder.write("backbone.json", Data("{}".utf8))
    let photo = image("maskrcnn_convnext/image.png")
    for command in [
      ["convert", checkpoint, "--config", empty, "--no-graft", "-o", base],
      ["delta", "create", try model("maskrcnn_convnext"), "--base", base, "-o", delta],
      ["run", base, "--delta", delta, "--task", "detect", "--image", photo],
    ] {
      let outcome = try Tool.run(command)
      try #require(outcome.code == 0, "\(outcome.errors)")
    }
    let other = try Tool.run(["run", base, "--delta", delta, "--task", "segment", "--image", photo])
    #expect(other.code == 64)
    #expect(other.errors == "adaroute: \(base): asked to segment, but the model's heads are for detect\n")
    let evaluated = try Tool.run([
      "evaluate", base, "--delta", delta, "--task", "segment", "--annotations", folder.path, "--images", folder.path,
      "-o", folder.file("out"),
    ])
    #expect(evaluated.code == 64)
    #expect(evaluated.errors == other.errors)
    let none = try Tool.run(["run", base, "--task", "segment", "--image", photo])
    #expect(none.code == 64)
    #expect(none.errors == "adaroute: \(base): the model has no heads for segmentation or detection\n")
  }

  @Test func wrongTasks() throws {
    let (path, photo) = (try model("upernet_swin"), image("upernet_swin/whole_0.png"))
    let other = try Tool.run(["run", path, "--task", "detect", "--image", photo])
    #expect(other.code == 64)
    #expect(other.errors.contains("asked to detect, but the model's heads are for segment"))
    let unknown = try Tool.run(["run", path, "--task", "paint", "--image", photo])
    #expect(unknown.code == 64)
    #expect(unknown.errors.contains("--task must be segment, detect or panoptic"))
    let plain = Tool.fixtures.appending(path: "hf_vit").path
    let none = try Tool.run(["run", plain, "--task", "segment", "--image", photo])
    #expect(none.code == 64)
    #expect(none.errors.contains("the model has no heads for segmentation or detection"))
    let windows = try Tool.run(["run", path, "--task", "detect", "--window", "64x64", "--image", photo])
    #expect(windows.code == 64)
    #expect(windows.errors.contains("--window, --stride and --routing are for --task segment"))
    let lost = try Tool.run(["run", path, "--routing", "global", "--image", photo])
    #expect(lost.code == 64)
    #expect(lost.errors.contains("--scale, --window, --stride, --routing and --pad-batch go with --task"))
    let twice = try Tool.run(["run", path, "--task", "segment", "--image", photo, photo])
    #expect(twice.code == 64)
    #expect(twice.errors.contains("another image's results are called whole_0 already"))
  }

  private func names(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}
