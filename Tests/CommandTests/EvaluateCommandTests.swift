import Foundation
import Testing

/// `evaluate` on the benchmarks' own numbers.
@Suite struct EvaluateCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func fixture(_ path: String) -> String { Tool.fixtures.appending(path: "dense/\(path)").path }

  private func numbers(_ arguments: [String]) throws -> [String: Double] {
    let outcome = try Tool.run(["evaluate", "--json"] + arguments)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    let list = try #require((json as? [String: Any])?["numbers"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: list.compactMap { entry in
        guard let name = entry["name"] as? String, let value = entry["value"] as? Double else { return nil }
        return (name, value)
      })
  }

  private func expected(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(filePath: fixture("\(name)/case.json")))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func labelMaps() throws {
    let (stated, found) = (folder.file("annotations"), folder.file("results"))
    for path in [stated, found] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    for index in 0..<6 {
      try FileManager.default.copyItem(
        atPath: fixture("metrics_miou/gt_\(index).png"), toPath: "\(stated)/\(index).png")
      try FileManager.default.copyItem(
        atPath: fixture("metrics_miou/pred_\(index).png"), toPath: "\(found)/\(index).labels.png")
    }
    let arguments = ["--task", "segment", "--annotations", stated, "--predictions", found, "--classes", "7"]
    let found7 = try numbers(arguments)
    let results = try #require(try expected("metrics_miou")["results"] as? [String: [String: Any]])
    for name in ["aAcc", "mIoU", "mAcc"] {
      let value = try #require(results["plain"]?[name] as? Double)
      #expect(abs(try #require(found7[name]) - value) <= 1e-9)
    }
    let table = try Tool.run(["evaluate"] + arguments)
    #expect(table.output.contains("mIoU  26.70"))
    try FileManager.default.removeItem(atPath: "\(found)/3.labels.png")
    let missing = try Tool.run(["evaluate"] + arguments)
    #expect(missing.code == 65)
    #expect(missing.errors.contains("no prediction of 3.png"))
  }

  @Test func boxes() throws {
    let found = try numbers([
      "--task", "detect", "--annotations", fixture("metrics_coco/annotations.json"), "--predictions",
      fixture("metrics_coco/results_bbox.json"),
    ])
    let stats = try #require(try expected("metrics_coco")["stats"] as? [String: [String: Any]])
    #expect(found.count == 12)
    for (name, value) in found {
      #expect(abs(try #require(stats["bbox"]?[name] as? Double) - value) <= 1e-9, "\(name)")
    }
    let stray = try folder.write(
      "stray.json", Data(#"[{"image_id":3,"category_id":1,"bbox":[0,0,1,1],"score":1}]"#.utf8))
    let absent = try Tool.run([
      "evaluate", "--task", "detect", "--annotations", fixture("metrics_coco/annotations.json"), "--predictions", stray,
    ])
    #expect(absent.code == 65)
    #expect(absent.errors.contains("name the image 3, which the annotations do not have"))
  }

  @Test func panopticMaps() throws {
    let found = try numbers([
      "--task", "panoptic", "--annotations", fixture("metrics_pq/gt.json"), "--predictions",
      fixture("metrics_pq/pred.json"),
    ])
    let results = try #require(try expected("metrics_pq")["results"] as? [String: [String: Any]])
    for (name, group) in [("PQ", "All"), ("PQ things", "Things"), ("PQ stuff", "Stuff")] {
      #expect(abs(try #require(found[name]) - (try #require(results[group]?["pq"] as? Double))) <= 1e-9)
    }
  }

  @Test func wrongSettings() throws {
    let none = try Tool.run(["evaluate", "--task", "segment", "--annotations", "a", "--predictions", "b"])
    #expect(none.code == 64)
    #expect(none.errors.contains("--task segment needs --classes"))
    let gone = try Tool.run([
      "evaluate", "--task", "segment", "--annotations", "a", "--predictions", "b", "--classes", "2",
    ])
    #expect(gone.code == 65)
    #expect(gone.errors.contains("a: no such folder"))
    let broken = try folder.write("broken.json", Data(#"{"images": [], "annotations": []}"#.utf8))
    let malformed = try Tool.run([
      "evaluate", "--task", "detect", "--annotations", broken, "--predictions", broken,
    ])
    #expect(malformed.code == 65)
    #expect(malformed.errors.contains("broken.json: the JSON does not state categories"))
  }
}
