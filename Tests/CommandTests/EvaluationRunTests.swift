import Foundation
import Images
import Testing

/// `evaluate` with a model: the numbers of what `run` writes, stored as they come.
@Suite struct EvaluationRunTests {
  private let folder: TemporaryFolder
  /// Photos of the fixtures, as `1.png`, `2.png` and `3.jpg`.
  private let photos: String
  private static let names = ["1.png", "2.png", "3.jpg"]

  init() throws {
    folder = try TemporaryFolder()
    photos = folder.file("photos")
    try FileManager.default.createDirectory(atPath: photos, withIntermediateDirectories: true)
    let sources = ["maskrcnn_convnext/image.png", "panoptic_swin/image.png", "preprocess/image2.jpg"]
    for (source, name) in zip(sources, Self.names) {
      try FileManager.default.copyItem(
        atPath: Tool.fixtures.appending(path: "dense/\(source)").path, toPath: "\(photos)/\(name)")
    }
  }

  private func model(_ name: String, scale: [Int]? = nil) throws -> String {
    try folder.denseModel(name, scale: scale)
  }

  @discardableResult
  private func succeed(_ arguments: [String]) throws -> Tool.Outcome {
    let outcome = try Tool.run(arguments)
    try #require(outcome.code == 0, "\(outcome.errors)")
    return outcome
  }

  /// What `run` writes of the photos, in the folder `run`.
  private func predict(_ model: String, _ task: String, _ extra: [String] = []) throws -> String {
    let results = folder.file("run")
    try succeed(
      ["run", model, "--task", task, "-o", results] + extra + ["--image"] + Self.names.map { "\(photos)/\($0)" })
    return results
  }

  private func evaluate(_ model: String, _ task: String, _ annotations: String, _ output: String) -> [String] {
    ["evaluate", model, "--task", task, "--annotations", annotations, "--images", photos, "-o", output, "--json"]
  }

  private func numbers(_ json: String) throws -> [String: Double] {
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let list = try #require(object?["numbers"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: list.compactMap { entry in
        (entry["name"] as? String).flatMap { name in (entry["value"] as? Double).map { (name, $0) } }
      })
  }

  private func json(_ path: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
  }

  private func write(_ object: Any, _ name: String) throws -> String {
    try folder.write(name, JSONSerialization.data(withJSONObject: object))
  }

  /// Label maps that are the predicted ones but for their upper half.
  private func labelMaps(of results: String, classes: Int) throws -> String {
    let annotations = folder.file("annotations")
    try FileManager.default.createDirectory(atPath: annotations, withIntermediateDirectories: true)
    for name in ["1", "2", "3"] {
      let found = try LabelImage(path: "\(results)/\(name).labels.png")
      let labels = found.labels.enumerated().map { place, label in
        place < found.labels.count / 2 ? UInt8(place % classes) : UInt8(label)
      }
      let colors = (0..<classes).map { SIMD3<UInt8>(repeating: UInt8($0)) }
      try Data(PNGFile.bytes(labels: labels, size: found.size, palette: colors))
        .write(to: URL(filePath: "\(annotations)/\(name).png"))
    }
    return annotations
  }

  /// Every other thing that `run` found, moved by three pixels: annotations that are met in part.
  private func objects(of results: String, classes: Int) throws -> [String: Any] {
    let found = try #require(try json(results + "/results.json") as? [[String: Any]])
    let stated = try found.enumerated().filter { $0.offset % 2 == 0 }.map { place, entry -> [String: Any] in
      let box = try #require(entry["bbox"] as? [Double])
      return [
        "id": place + 1, "image_id": try #require(entry["image_id"]), "iscrowd": 0, "area": box[2] * box[3],
        "category_id": try #require(entry["category_id"]), "bbox": [box[0] + 3, box[1], box[2], box[3]],
        "segmentation": try #require(entry["segmentation"]),
      ]
    }
    let images = try Self.names.enumerated().map { place, name -> [String: Any] in
      let size = try RGBImage(path: "\(photos)/\(name)").size
      return ["id": place + 1, "file_name": name, "height": size.height, "width": size.width]
    }
    return [
      "images": images, "annotations": stated, "categories": (1...classes).map { ["id": $0, "name": "kind \($0)"] },
    ]
  }

  /// The segments that `run` found, an eighth of the photo to the right of where they are.
  private func segments(of results: String) throws -> String {
    var document = try #require(try json(results + "/panoptic.json") as? [String: Any])
    let gt = folder.file("gt")
    try FileManager.default.createDirectory(atPath: gt, withIntermediateDirectories: true)
    var entries: [[String: Any]] = []
    for entry in try #require(document["annotations"] as? [[String: Any]]) {
      let file = try #require(entry["file_name"] as? String)
      let found = try RGBImage(path: "\(results)/\(file)")
      var pixels = found.pixels
      let shift = found.width / 8
      for place in 0..<found.width * found.height {
        let isThere = place % found.width >= shift
        for channel in 0..<3 { pixels[3 * place + channel] = isThere ? found.pixels[3 * (place - shift) + channel] : 0 }
      }
      let moved = try #require(RGBImage(width: found.width, height: found.height, pixels: pixels))
      try Data(PNGFile.bytes(of: moved)).write(to: URL(filePath: "\(gt)/\(file)"))
      let segments = try #require(entry["segments_info"] as? [[String: Any]]).compactMap { segment -> [String: Any]? in
        let id = try #require(segment["id"] as? Int)
        let area = stride(from: 0, to: pixels.count, by: 3).count { Int(pixels[$0]) == id }
        return area == 0 ? nil : segment.merging(["area": area, "iscrowd": 0]) { $1 }
      }
      entries.append(entry.merging(["segments_info": segments]) { $1 })
    }
    document["annotations"] = entries
    document["images"] = Self.names.enumerated().map { ["id": $0.offset + 1, "file_name": $0.element] }
    return try write(document, "gt.json")
  }

  @Test func labelMapsOfAModel() throws {
    let model = try model("upernet_swin", scale: [512, 128])
    let results = try predict(model, "segment")
    let annotations = try labelMaps(of: results, classes: 6)
    let expected = try succeed([
      "evaluate", "--task", "segment", "--annotations", annotations, "--predictions", results, "--classes", "6",
      "--json",
    ])
    let found = try succeed(evaluate(model, "segment", annotations, folder.file("out")))
    #expect(try numbers(found.output) == numbers(expected.output))
    let share = try #require(try numbers(found.output)["aAcc"])
    #expect(share > 0.5 && share < 1)
    #expect(found.output.contains("shared_stuff_1"))
    #expect(found.errors.isEmpty)
    for name in ["1", "2", "3"] {
      #expect(try bytes("\(results)/\(name).labels.png") == bytes(folder.file("out/\(name).labels.png")))
    }
  }

  @Test func thingsOfAModel() throws {
    let model = try model("maskrcnn_convnext")
    let results = try predict(model, "detect")
    let annotations = try write(objects(of: results, classes: 5), "objects.json")
    for region in ["bbox", "segm"] {
      let expected = try succeed([
        "evaluate", "--task", "detect", "--annotations", annotations, "--predictions", results + "/results.json",
        "--region", region, "--json",
      ])
      let found = try succeed(
        evaluate(model, "detect", annotations, folder.file("out")) + ["--region", region])
      #expect(found.output == expected.output)
      let precision = try #require(try numbers(found.output)["AP50"])
      #expect(precision > 0 && precision < 1)
    }
    // The classes' names tell which category is which, whatever the identifiers are.
    var named = try objects(of: results, classes: 5)
    named["categories"] = (1...5).reversed().map { ["id": 10 * $0, "name": "shared_thing_\(5 - $0)"] }
    let entries = try #require(named["annotations"] as? [[String: Any]])
    named["annotations"] = try entries.map { entry in
      let own = try #require(entry["category_id"] as? Int)
      return entry.merging(["category_id": 10 * (6 - own)]) { $1 }
    }
    let renamed = try succeed(evaluate(model, "detect", write(named, "named.json"), folder.file("named")))
    let plain = try succeed(evaluate(model, "detect", annotations, folder.file("out")))
    let (own, other) = (try numbers(plain.output)["AP"], try numbers(renamed.output)["AP"])
    // The categories are averaged in another order.
    #expect(try abs(#require(own) - #require(other)) <= 1e-12)
  }

  @Test func segmentsOfAModel() throws {
    let model = try model("panoptic_swin")
    let results = try predict(model, "panoptic")
    let annotations = try segments(of: results)
    let expected = try succeed([
      "evaluate", "--task", "panoptic", "--annotations", annotations, "--predictions", results + "/panoptic.json",
      "--json",
    ])
    let found = try succeed(evaluate(model, "panoptic", annotations, folder.file("out")))
    #expect(found.output == expected.output)
    let quality = try #require(try numbers(found.output)["PQ"])
    #expect(quality > 0 && quality < 1)
  }

  /// Killed at any moment, and started again until it ends: the files and numbers of a run that nothing disturbed.
  @Test func whatWasStoppedGoesOn() throws {
    let model = try model("panoptic_swin")
    let annotations = try segments(of: predict(model, "panoptic"))
    let clock = ContinuousClock()
    let start = clock.now
    let whole = try succeed(evaluate(model, "panoptic", annotations, folder.file("whole")))
    let time = (clock.now - start).components
    let seconds = Double(time.seconds) + Double(time.attoseconds) * 1e-18
    let expected = try FileManager.default.contentsOfDirectory(atPath: folder.file("whole")).sorted()
    #expect(
      expected == [
        "1.json", "1.panoptic.png", "2.json", "2.panoptic.png", "3.json", "3.panoptic.png", "evaluation.json",
        "panoptic.json",
      ])
    var random = SystemRandomNumberGenerator()
    var kills = 0
    for attempt in 0..<8 {
      let moment = Double.random(in: 0.01...max(seconds * 0.9, 0.02), using: &random)
      let output = folder.file("stopped \(attempt / 4)")
      let outcome = try Tool.run(
        evaluate(model, "panoptic", annotations, output), launcher: ["/usr/bin/timeout", "-s", "KILL", "\(moment)"])
      if outcome.code != 0 { kills += 1 }
    }
    #expect(kills > 0)
    for output in ["stopped 0", "stopped 1"].map(folder.file) {
      let outcome = try succeed(evaluate(model, "panoptic", annotations, output))
      #expect(outcome.output == whole.output)
      #expect(try FileManager.default.contentsOfDirectory(atPath: output).sorted() == expected)
      for name in expected { #expect(try bytes("\(output)/\(name)") == bytes(folder.file("whole/\(name)")), "\(name)") }
    }
  }

  /// Padded to one size, images have the results that they have one by one: also those of a run that goes on.
  @Test(arguments: [("upernet_convnext", "segment"), ("panoptic_swin", "panoptic")])
  func paddedBatches(_ name: String, _ task: String) throws {
    let model = try model(name, scale: task == "segment" ? [512, 128] : nil)
    let results = try predict(model, task)
    let annotations = try task == "segment" ? labelMaps(of: results, classes: 5) : segments(of: results)
    let alone = try succeed(evaluate(model, task, annotations, folder.file("alone")))
    for batch in ["2", "8"] {
      let out = folder.file("batch \(batch)")
      let together = try succeed(evaluate(model, task, annotations, out) + ["--pad-batch", batch])
      #expect(together.output == alone.output)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.file("alone")).sorted()
      #expect(try FileManager.default.contentsOfDirectory(atPath: out).sorted() == files)
      for file in files { #expect(try bytes("\(out)/\(file)") == bytes(folder.file("alone/\(file)")), "\(file)") }
      let missing = try #require(files.first { $0.hasPrefix("1.") })
      try FileManager.default.removeItem(atPath: "\(out)/\(missing)")
      let again = try succeed(evaluate(model, task, annotations, out) + ["--pad-batch", "3"])
      #expect(again.output == alone.output)
      #expect(again.errors == "\(out): going on, 2 of 3 images have results\n")
    }
  }

  /// Only images without results are looked at again.
  @Test func storedResultsAreKept() throws {
    let model = try model("upernet_swin", scale: [512, 128])
    let annotations = try labelMaps(of: predict(model, "segment"), classes: 6)
    let arguments = evaluate(model, "segment", annotations, folder.file("out"))
    let whole = try succeed(arguments)
    let missing = try bytes(folder.file("out/2.labels.png"))
    try FileManager.default.removeItem(atPath: folder.file("out/2.labels.png"))
    let kept = try FileManager.default.attributesOfItem(atPath: folder.file("out/1.labels.png"))
    let again = try succeed(arguments)
    #expect(again.errors == "\(folder.file("out")): going on, 2 of 3 images have results\n")
    #expect(again.output == whole.output)
    #expect(try bytes(folder.file("out/2.labels.png")) == missing)
    let after = try FileManager.default.attributesOfItem(atPath: folder.file("out/1.labels.png"))
    #expect(after[.systemFileNumber] as? Int == kept[.systemFileNumber] as? Int)
  }

  @Test func otherResultsAreRefused() throws {
    let model = try model("upernet_swin", scale: [512, 128])
    let annotations = try labelMaps(of: predict(model, "segment"), classes: 6)
    let out = folder.file("out")
    let arguments = evaluate(model, "segment", annotations, out)
    try succeed(arguments)
    func refused(_ arguments: [String], _ text: String, code: Int32 = 64) throws {
      let outcome = try Tool.run(arguments)
      #expect(outcome.code == code, "\(outcome.errors)")
      #expect(outcome.errors == "adaroute: \(text)\n")
    }
    let other = "\(out): the results there are of another"
    try refused(arguments + ["--scale", "64x256"], "\(other) preparation; give another folder")
    try refused(arguments + ["--precision", "bf16"], "\(other) precision; give another folder")
    try refused(arguments + ["--window", "64x64"], "\(other) routing, windows; give another folder")
    let second = try self.model("upernet_swin_batch2", scale: [512, 128])
    try refused(evaluate(second, "segment", annotations, out), "\(other) model; give another folder")
    try FileManager.default.removeItem(atPath: "\(photos)/3.jpg")
    try FileManager.default.copyItem(atPath: "\(photos)/2.png", toPath: "\(photos)/3.png")
    try refused(arguments, "\(other) images; give another folder")
    // Not a folder of an evaluation at all.
    try refused(
      evaluate(model, "segment", annotations, folder.file("run")),
      "\(folder.file("run")): the folder holds other files than an evaluation's results")
    try FileManager.default.removeItem(atPath: "\(photos)/3.png")
    try refused(arguments, "\(photos): no image 3, which \(annotations) annotates", code: 65)
  }

  @Test func annotationsThatDoNotFit() throws {
    let model = try model("maskrcnn_convnext")
    let document = try objects(of: predict(model, "detect"), classes: 5)
    func refused(_ change: [String: Any], _ text: String) throws {
      let path = try write(document.merging(change) { $1 }, "changed.json")
      let outcome = try Tool.run(evaluate(model, "detect", path, folder.file("out")))
      #expect(outcome.code == 65)
      #expect(outcome.errors == "adaroute: \(text.replacing("@", with: path))\n")
      #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
    }
    let size = ["height": 8, "width": 8]
    try refused(
      ["images": [["id": 7, "file_name": "absent.png"].merging(size) { $1 }], "annotations": []],
      "\(photos): no image absent.png, which @ annotates")
    try refused(["images": [["id": 7].merging(size) { $1 }], "annotations": []], "@: the image 7 has no file_name")
    try refused(["images": [], "annotations": []], "@: no annotated images")
    try refused(
      ["categories": (1...8).map { ["id": $0, "name": "kind \($0)"] }],
      "@: 8 categories are annotated, and the model has 5 classes of other names")
    let both = try Tool.run([
      "evaluate", model, "--task", "detect", "--annotations", "a", "--predictions", "b",
    ])
    #expect(both.code == 64 && both.errors.contains("give either a model or --predictions"))
    let bare = try Tool.run(["evaluate", model, "--task", "detect", "--annotations", "a"])
    #expect(bare.code == 64 && bare.errors.contains("a model needs --images and -o"))
    let lost = try Tool.run([
      "evaluate", "--task", "detect", "--annotations", "a", "--predictions", "b", "--scale", "8x8",
    ])
    #expect(lost.code == 64 && lost.errors.contains("--routing and --pad-batch need a model"))
  }
}
