import Backbones
import Dense
import Foundation
import Images
import Testing

/// Metrics against mmsegmentation, pycocotools and panopticapi.
@Suite struct MetricTests {
  private func expect(_ found: Double?, _ expected: JSONValue?, _ name: String) {
    switch (found, expected?.number) {
    case (let found?, let expected?): #expect(abs(found - expected) <= 1e-9, "\(name): \(found), not \(expected)")
    case (nil, nil): break
    default: Issue.record("\(name): \(String(describing: found)), not \(String(describing: expected))")
    }
  }

  private func map(_ path: String) throws -> LabelMap {
    let image = try RGBImage(path: path)
    return LabelMap(
      height: image.height, width: image.width,
      labels: stride(from: 0, to: image.pixels.count, by: 3).map { UInt16(image.pixels[$0]) })
  }

  @Test(arguments: [("plain", "gt_"), ("reduce_zero_label", "gt_zero_based_on_one_")])
  func segmentation(_ variant: String, _ files: String) throws {
    let fixture = DenseFixture(name: "metrics_miou")
    var metric = SegmentationMetric(classes: 7, reducesZero: variant != "plain")
    for index in 0..<6 {
      try metric.add(map(fixture.path("pred_\(index).png")), map(fixture.path("\(files)\(index).png")))
    }
    let expected = try #require(try fixture.json()["results"]?[variant])
    #expect(metric.intersections == expected["area_intersect"]?.integers)
    #expect(metric.unions == expected["area_union"]?.integers)
    #expect(metric.predicted == expected["area_pred"]?.integers)
    #expect(metric.annotated == expected["area_label"]?.integers)
    expect(metric.pixelAccuracy, expected["aAcc"], "aAcc")
    expect(metric.meanIntersectionOverUnion, expected["mIoU"], "mIoU")
    expect(metric.meanAccuracy, expected["mAcc"], "mAcc")
    for (index, value) in try #require(expected["IoU"]).items.enumerated() {
      expect(metric.intersectionOverUnion[index], value, "IoU \(index)")
    }
  }

  @Test(arguments: [
    ("bbox", DetectionMetric.Settings(region: .box)), ("segm", .init(region: .mask)),
    ("segm_when_bbox_is_left_in_the_results", .init(region: .mask, sizesByBox: true)),
    ("mmdet_bbox_maxdets_100_300_1000", .init(region: .box, limits: [100, 300, 1000])),
    ("mmdet_segm_maxdets_100_300_1000", .init(region: .mask, limits: [100, 300, 1000])),
  ])
  func detection(_ name: String, _ settings: DetectionMetric.Settings) throws {
    let fixture = DenseFixture(name: "metrics_coco")
    let annotations = try COCOAnnotations(path: fixture.path("annotations.json"))
    let results = try COCOResult.read(fixture.path("results_\(settings.region.rawValue).json"))
    let metric = try DetectionMetric(annotations, results, settings)
    let expected = try #require(try fixture.json()["stats"]?[name])
    for (key, value) in metric.summary {
      let stated = key == "AP" ? expected["AP"] ?? expected["AP(maxDets=100)"] : expected[key]
      expect(value ?? -1, stated, key)
    }
    guard let each = expected["per_category_AP"] else { return }
    for (place, category) in metric.categories.enumerated() {
      expect(metric.precision(category: place), each["\(category.id)"], "category \(category.id)")
    }
  }

  private struct Panoptic: Codable {
    struct Entry: Codable {
      let imageId: Int
      let fileName: String
      let segmentsInfo: [PanopticMetric.Segment]
    }
    let annotations: [Entry]
    let categories: [COCOAnnotations.Category]?
  }

  @Test func panopticQuality() throws {
    let fixture = DenseFixture(name: "metrics_pq")
    let (stated, found) = (
      try COCOFile.read(Panoptic.self, fixture.path("gt.json")),
      try COCOFile.read(Panoptic.self, fixture.path("pred.json"))
    )
    var metric = PanopticMetric(try #require(stated.categories))
    func map(_ entry: Panoptic.Entry, _ folder: String) throws -> PanopticMetric.Map {
      let image = try RGBImage(path: fixture.path("\(folder)/\(entry.fileName)"))
      return PanopticMetric.Map(image: entry.imageId, pixels: image.pixels, segments: entry.segmentsInfo)
    }
    for entry in stated.annotations {
      let own = try #require(found.annotations.first { $0.imageId == entry.imageId })
      try metric.add(map(own, "pred"), map(entry, "gt"))
    }
    let results = try #require(try fixture.json()["results"])
    for (name, group) in [("All", PanopticMetric.Group.all), ("Things", .things), ("Stuff", .stuff)] {
      let mean = try #require(metric.mean(group))
      expect(mean.quality.pq, results[name]?["pq"], "\(name) pq")
      expect(mean.quality.sq, results[name]?["sq"], "\(name) sq")
      expect(mean.quality.rq, results[name]?["rq"], "\(name) rq")
      #expect(Double(mean.categories) == results[name]?["n"]?.number)
    }
    for (id, counts) in metric.counts {
      let expected = try #require(try fixture.json()["per_category_counts"]?["\(id)"])
      let found: [Double] = [Double(counts.matched), Double(counts.wrong), Double(counts.missed)]
      let stated: [Double?] = [expected["tp"]?.number, expected["fp"]?.number, expected["fn"]?.number]
      #expect(found == stated.compactMap { $0 })
      expect(counts.overlap, expected["iou"], "\(id)")
    }
  }

  // MARK: Refusals

  @Test func mapsOfOtherSizesAndLabels() throws {
    let (small, large) = (
      LabelMap(height: 1, width: 2, labels: [0, 1]), LabelMap(height: 1, width: 3, labels: [0, 1, 9])
    )
    var metric = SegmentationMetric(classes: 2)
    #expect(throws: MetricError.sizesDiffer(predicted: "1x2", annotated: "1x3")) { try metric.add(small, large) }
    #expect(throws: MetricError.label(found: 9, classes: 2)) { try metric.add(large, large) }
    try metric.add(large, LabelMap(height: 1, width: 3, labels: [0, 1, 255]))
    #expect(metric.meanIntersectionOverUnion == 1)
  }

  @Test func resultsOfAbsentImages() throws {
    let annotations = try COCOAnnotations(path: DenseFixture(name: "metrics_coco").path("annotations.json"))
    let stray = COCOResult(imageId: 5, categoryId: 1, bbox: [0, 0, 1, 1], segmentation: nil, score: 1)
    #expect(throws: MetricError.unknownImage(5, of: "the results")) {
      try DetectionMetric(annotations, [stray], .init(region: .box))
    }
    let other = COCOResult(imageId: 1000, categoryId: 8, bbox: nil, segmentation: nil, score: 1)
    #expect(throws: MetricError.unknownCategory(8, of: "the results")) {
      try DetectionMetric(annotations, [other], .init(region: .box))
    }
    let bare = COCOResult(imageId: 1000, categoryId: 1, bbox: nil, segmentation: nil, score: 1)
    #expect(throws: MetricError.missing("a box", image: 1000)) {
      try DetectionMetric(annotations, [bare], .init(region: .box))
    }
  }

  @Test func segmentsThatAreNotThere() throws {
    var metric = PanopticMetric([COCOAnnotations.Category(id: 1, name: nil, isthing: 1)])
    let segment = PanopticMetric.Segment(id: 3, categoryId: 1)
    let stated = PanopticMetric.Map(image: 1, identifiers: [3, 0], segments: [segment])
    #expect(throws: MetricError.segmentNotInPNG(3, image: 1)) {
      try metric.add(PanopticMetric.Map(image: 1, identifiers: [0, 0], segments: [segment]), stated)
    }
    #expect(throws: MetricError.segmentNotInJSON(4, image: 1)) {
      try metric.add(PanopticMetric.Map(image: 1, identifiers: [3, 4], segments: [segment]), stated)
    }
    try metric.add(stated, stated)
    #expect(metric.mean(.all)?.quality.pq == 1)
  }
}
