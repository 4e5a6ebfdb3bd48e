import Backbones
public import Dense
import Foundation
import Images

/// How well predictions agree with annotations, as the benchmarks of their task count it.
public struct Evaluation: Codable, Hashable, Sendable {
  public struct Number: Codable, Hashable, Sendable {
    public let name: String
    /// Nil where nothing is annotated that it could be of.
    public let value: Double?
  }

  public struct Category: Codable, Hashable, Sendable {
    public let id: Int
    public let name: String?
    public let numbers: [Number]
  }

  public let task: String
  public let images: Int
  public let numbers: [Number]
  public let categories: [Category]

  public var json: String { jsonText }

  /// Numbers in percent, as papers print them.
  public var text: String {
    func percent(_ number: Number) -> String { number.value.map { String(format: "%.2f", 100 * $0) } ?? "-" }
    var lines = ["\(task): \(images) images"]
    var table = TextTable(rightAligned: [1])
    for number in numbers { table.add(number.name, percent(number)) }
    lines += table.lines()
    guard let columns = categories.first?.numbers.map(\.name) else { return lines.joined(separator: "\n") }
    var each = TextTable(rightAligned: Set([0] + (2..<2 + columns.count)))
    each.add(["class", "label"] + columns)
    for category in categories {
      each.add(["\(category.id)", category.name ?? ""] + category.numbers.map(percent))
    }
    return (lines + each.lines()).joined(separator: "\n")
  }
}

/// Why predictions cannot be evaluated.
public enum EvaluationError: Error, Hashable, Sendable {
  case noFolder(String)
  case nothingAnnotated(String)
  case noPrediction(of: String, folder: String)
  case image(String, MetricError)
  case entryMissing(image: Int, of: String)
  /// An annotated image is not there.
  case noImage(String, folder: String, annotations: String)
  /// The annotations do not say which file the image is.
  case noFileName(image: Int, of: String)
  case categories(Int, of: String, model: Int)
  /// The folder for results has other files.
  case foreignFolder(String)
  /// The folder's results are not of this evaluation: what differs.
  case otherResults(String, differing: [String])
}

extension EvaluationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noFolder(let path): "\(path): no such folder"
    case .nothingAnnotated(let path): "\(path): no annotated images"
    case .noPrediction(let image, let folder): "\(folder): no prediction of \(image)"
    case .image(let path, let error): "\(path): \(error)"
    case .entryMissing(let image, let path): "\(path): no entry for the annotated image \(image)"
    case .noImage(let name, let folder, let path): "\(folder): no image \(name), which \(path) annotates"
    case .noFileName(let image, let path): "\(path): the image \(image) has no file_name"
    case .categories(let count, let path, let classes):
      "\(path): \(count) categories are annotated, and the model has \(classes) classes of other names"
    case .foreignFolder(let path): "\(path): the folder holds other files than an evaluation's results"
    case .otherResults(let path, let differing):
      "\(path): the results there are of another \(differing.joined(separator: ", ")); give another folder"
    }
  }
}

extension Evaluation {
  /// Label maps, PNG files: those of the folder `predictions` have the annotations' names, or `NAME.labels.png`.
  ///
  /// `progress` is told how many images are compared, of how many.
  public init(
    segments annotations: String, predictions: String, metric empty: SegmentationMetric, labels: [String] = [],
    progress: ((Int, Int) -> Void)? = nil
  ) throws {
    let names = try Evaluation.files(in: annotations, suffix: ".png")
    let found = Set(try Evaluation.files(in: predictions, suffix: ".png"))
    guard !names.isEmpty else { throw EvaluationError.nothingAnnotated(annotations) }
    var metric = empty
    for (index, name) in names.enumerated() {
      let candidates = [name, name.dropLast(4) + ".labels.png"]
      guard let own = candidates.first(where: found.contains) else {
        throw EvaluationError.noPrediction(of: name, folder: predictions)
      }
      let maps = (try Evaluation.map("\(predictions)/\(own)"), try Evaluation.map("\(annotations)/\(name)"))
      do throws(MetricError) { try metric.add(maps.0, maps.1) } catch {
        throw EvaluationError.image("\(annotations)/\(name)", error)
      }
      progress?(index + 1, names.count)
    }
    task = DenseTask.segment.rawValue
    images = metric.images
    numbers = [
      Number(name: "aAcc", value: metric.pixelAccuracy), Number(name: "mIoU", value: metric.meanIntersectionOverUnion),
      Number(name: "mAcc", value: metric.meanAccuracy),
    ]
    categories = (0..<metric.classes).map { index in
      Category(
        id: index, name: labels.indices.contains(index) ? labels[index] : nil,
        numbers: [
          Number(name: "IoU", value: metric.intersectionOverUnion[index]),
          Number(name: "Acc", value: metric.accuracy[index]),
        ])
    }
  }

  private static func map(_ path: String) throws -> LabelMap {
    let image = try LabelImage(path: path)
    return LabelMap(height: image.size.height, width: image.size.width, labels: image.labels)
  }

  static func files(in folder: String, suffix: String) throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw EvaluationError.noFolder(folder)
    }
    return names.filter { $0.hasSuffix(suffix) }.sorted()
  }

  /// Boxes or masks in COCO's formats.
  public init(objects annotations: String, predictions: String, settings: DetectionMetric.Settings) throws {
    let stated = try COCOAnnotations(path: annotations)
    let found = try COCOResult.read(predictions)
    let metric: DetectionMetric
    do throws(MetricError) { metric = try DetectionMetric(stated, found, settings) } catch {
      throw EvaluationError.image(predictions, error)
    }
    task = DenseTask.detect.rawValue
    images = stated.images.count
    numbers = metric.summary.map { Number(name: $0.name, value: $0.value) }
    let all = settings.limits.firstIndex(of: 100) ?? 2
    categories = metric.categories.enumerated().map { place, category in
      Category(
        id: category.id, name: category.name,
        numbers: [Number(name: "AP", value: metric.precision(limit: all, category: place))])
    }
  }

  /// Panoptic maps in COCO's format; PNG files stand in folders of the JSON files' names without `.json`.
  public init(
    panoptic annotations: String, predictions: String, progress: ((Int, Int) -> Void)? = nil
  ) throws {
    let stated = try COCOFile.read(PanopticFile.self, annotations)
    let found = try COCOFile.read(PanopticFile.self, predictions)
    guard let known = stated.categories, !stated.annotations.isEmpty else {
      throw EvaluationError.nothingAnnotated(annotations)
    }
    let ours = Dictionary(found.annotations.map { ($0.imageId, $0) }) { first, _ in first }
    var metric = PanopticMetric(known)
    for (index, entry) in stated.annotations.enumerated() {
      guard let own = ours[entry.imageId] else {
        throw EvaluationError.entryMissing(image: entry.imageId, of: predictions)
      }
      let maps = (try own.map(predictions), try entry.map(annotations))
      do throws(MetricError) { try metric.add(maps.0, maps.1) } catch {
        throw EvaluationError.image(entry.fileName, error)
      }
      progress?(index + 1, stated.annotations.count)
    }
    task = DenseTask.panoptic.rawValue
    images = stated.annotations.count
    numbers = PanopticMetric.Group.allCases.flatMap { group in
      let mean = metric.mean(group)?.quality
      let suffix = group == .all ? "" : " \(group.rawValue)"
      return [
        Number(name: "PQ" + suffix, value: mean?.pq), Number(name: "SQ" + suffix, value: mean?.sq),
        Number(name: "RQ" + suffix, value: mean?.rq),
      ]
    }
    categories = metric.categories.map { category in
      let quality = metric.counts[category.id]?.quality
      return Category(
        id: category.id, name: category.name,
        numbers: [
          Number(name: "PQ", value: quality?.pq), Number(name: "SQ", value: quality?.sq),
          Number(name: "RQ", value: quality?.rq),
        ])
    }
  }
}
