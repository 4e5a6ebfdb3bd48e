public import Backbones
import Dense
import Foundation
public import Images
import ModelFile
public import Runtime
import Tensors

/// What a dense network says of images: files that people look at and evaluators read, and a table.
public struct DenseReport: Sendable {
  public struct Region: Codable, Hashable, Sendable {
    public let category: Int
    public let label: String?
    public let area: Int
    /// Nil for what has no score.
    public let score: Float?
    /// Left, top, width, height; nil for what has no box.
    public let box: [Float]?
  }

  public struct Image: Codable, Hashable, Sendable {
    public let name: String
    public let height: Int
    public let width: Int
    public let regions: [Region]
    public let files: [String]
  }

  public struct Document: Codable, Hashable, Sendable {
    public let task: String
    /// Where weights were mixed for less than the whole image.
    public let routing: String
    public let images: [Image]
    public let files: [String]
  }

  public struct Settings: Hashable, Sendable {
    /// What images are resized to fit into, height and width in any order; nil for the checkpoint's own.
    public var scale: ImageSize?
    /// The windows that images are looked at through, and their steps; nil for the checkpoint's own.
    public var window: ImageSize?
    public var stride: ImageSize?
    public var routesGlobally = false

    public init() {}
  }

  private let runner: DenseRunner
  private let labels: [String]
  private let folder: String?
  private var images: [Image] = []
  private var results: [COCOResult] = []
  private var panoptic: [PanopticEntry] = []
  private var names: Set<String> = []

  /// `folder` is where files go, and is made where it is missing; nil for none.
  public init(
    _ model: Model, task: DenseTask, folder: String?, settings: Settings = Settings(),
    computing: SessionSettings = SessionSettings()
  ) throws {
    var runner = try DenseRunner(model, computing: computing)
    guard runner.configuration.task == task else {
      throw DenseRunError.otherTask(path: model.path, asked: task, found: runner.configuration.task)
    }
    if let scale = settings.scale { runner.preparation.scale = scale }
    if let window = settings.window {
      let stride = settings.stride ?? window
      runner.windows = .init(
        crop: (window.height, window.width), stride: (max(stride.height, 1), max(stride.width, 1)))
    }
    runner.routesGlobally = settings.routesGlobally
    self.runner = runner
    labels = model.content.labels
    self.folder = folder
    if let folder {
      do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
        throw FileError.cannotCreate(path: folder, reason: "the folder cannot be made")
      }
    }
  }

  private func label(_ category: Int) -> String? { labels.indices.contains(category) ? labels[category] : nil }

  /// Looks at an image; throws where another one's files have the same names.
  public mutating func add(_ path: String) throws {
    let photo = try RGBImage(path: path)
    let prepared = try runner.preparation.prepare(photo)
    let stem = URL(filePath: path).deletingPathExtension().lastPathComponent
    guard names.insert(stem).inserted else { throw DenseRunError.sameName(path, stem) }
    let (regions, files) =
      switch runner.configuration.task {
      case .segment: try addLabels(prepared, photo, stem)
      case .detect: try addThings(prepared, photo, stem)
      case .panoptic: try addPanoptic(prepared, photo, stem)
      }
    images.append(
      Image(name: path, height: photo.height, width: photo.width, regions: regions, files: files))
  }

  private func addLabels(
    _ prepared: DensePreparation.Prepared, _ photo: RGBImage, _ stem: String
  ) throws -> ([Region], [String]) {
    let map = try runner.segment(prepared)
    let classes = runner.configuration.classes
    var areas = [Int](repeating: 0, count: classes)
    for label in map.labels { areas[Int(label)] += 1 }
    let regions = areas.indices.filter { areas[$0] > 0 }.sorted { (areas[$0], $1) > (areas[$1], $0) }.map {
      Region(category: $0, label: label($0), area: areas[$0], score: nil, box: nil)
    }
    guard folder != nil else { return (regions, []) }
    guard classes <= 256 else { throw DenseRunError.tooManyClasses(classes) }
    var overlay = Overlay(photo)
    overlay.draw(map.labels.map { Int($0) }) { Palette.color($0) }
    let bytes = try PNGFile.bytes(
      labels: map.labels.map { UInt8($0) }, size: photo.size, palette: Palette.colors(classes))
    return (regions, [try write(bytes, stem + ".labels.png"), try write(overlay, stem)])
  }

  private mutating func addThings(
    _ prepared: DensePreparation.Prepared, _ photo: RGBImage, _ stem: String
  ) throws -> ([Region], [String]) {
    let found = try runner.detect(prepared)
    var overlay = Overlay(photo)
    var regions: [Region] = []
    for (place, mask) in found.masks.enumerated() {
      let (box, score) = (found.detections.boxes[place], found.detections.scores[place])
      let category = found.detections.labels[place]
      let corners = [box.left, box.top, box.width, box.height]
      regions.append(Region(category: category, label: label(category), area: mask.area, score: score, box: corners))
      results.append(
        COCOResult(
          imageId: images.count + 1, categoryId: category + 1, bbox: corners.map { Double($0) },
          segmentation: COCOSegmentation(mask), score: Double(score)))
    }
    // The surest on top.
    for place in found.masks.indices.reversed() {
      overlay.draw(found.masks[place], box: found.detections.boxes[place], color: Palette.color(place))
    }
    return (regions, folder == nil ? [] : [try write(overlay, stem)])
  }

  private mutating func addPanoptic(
    _ prepared: DensePreparation.Prepared, _ photo: RGBImage, _ stem: String
  ) throws -> ([Region], [String]) {
    let (map, _) = try runner.panoptic(prepared)
    let segments = map.segments
    let regions = segments.map {
      Region(category: $0.label, label: label($0.label), area: $0.area, score: nil, box: nil)
    }
    let file = stem + ".panoptic.png"
    let numbers = Dictionary(uniqueKeysWithValues: segments.enumerated().map { ($1.identifier, $0 + 1) })
    panoptic.append(
      PanopticEntry(
        imageId: images.count + 1, fileName: file,
        segmentsInfo: segments.enumerated().map {
          PanopticMetric.Segment(id: $0 + 1, categoryId: $1.label + 1, area: $1.area)
        }))
    guard folder != nil else { return (regions, []) }
    var overlay = Overlay(photo)
    overlay.draw(map.identifiers) { identifier in numbers[identifier].map { Palette.color($0 - 1) } }
    let pixels = map.identifiers.flatMap { identifier -> [UInt8] in
      let id = numbers[identifier] ?? 0
      return [UInt8(id & 255), UInt8(id >> 8 & 255), UInt8(id >> 16 & 255)]
    }
    guard let image = RGBImage(width: photo.width, height: photo.height, pixels: pixels) else { return (regions, []) }
    return (regions, [try write(PNGFile.bytes(of: image), file), try write(overlay, stem)])
  }

  // MARK: Files

  private struct PanopticEntry: Codable {
    let imageId: Int
    let fileName: String
    let segmentsInfo: [PanopticMetric.Segment]
  }

  private struct PanopticDocument: Codable {
    let annotations: [PanopticEntry]
    let categories: [COCOAnnotations.Category]
  }

  private func write(_ bytes: [UInt8], _ name: String) throws -> String {
    guard let folder else { return name }
    let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    try refuseOverwriting(path, images.map(\.name))
    let file = try OutputFile(path: path)
    try file.write(bytes)
    try file.commit()
    return path
  }

  private func write(_ overlay: Overlay, _ stem: String) throws -> String {
    guard let image = overlay.image else { return stem }
    return try write(PNGFile.bytes(of: image), stem + ".overlay.png")
  }

  /// Writes what belongs to all images: results in COCO's formats, whose categories count from 1 in the order of the
  /// classes, and whose images count from 1 in the order given.
  public func finish() throws -> Document {
    var files: [String] = []
    if folder != nil {
      switch runner.configuration.task {
      case .segment: break
      case .detect: files.append(try write([UInt8](COCOFile.write(results)), "results.json"))
      case .panoptic:
        let settings = try runner.configuration.detection
        let categories = (0..<runner.configuration.classes).map {
          COCOAnnotations.Category(id: $0 + 1, name: label($0), isthing: $0 < settings?.classes ?? 0 ? 1 : 0)
        }
        let document = PanopticDocument(annotations: panoptic, categories: categories)
        files.append(try write([UInt8](COCOFile.write(document)), "panoptic.json"))
      }
    }
    return Document(task: runner.configuration.task.rawValue, routing: runner.routing, images: images, files: files)
  }
}

extension DenseReport.Document {
  public var json: String { jsonText }

  public var text: String {
    var lines: [String] = []
    for image in images {
      lines.append("\(image.name): \(image.width)x\(image.height), routing \(routing)")
      var table = TextTable(rightAligned: [0, 1, 2, 4])
      table.add("score", "pixels", "class", "label", "box")
      for region in image.regions {
        table.add(
          region.score.map { String(format: "%.3f", $0) } ?? "", region.area.grouped, "\(region.category)",
          region.label ?? "", region.box.map { $0.map { String(format: "%.1f", $0) }.joined(separator: " ") } ?? "")
      }
      lines += table.lines()
      lines += image.files.map { "  \($0)" }
    }
    return (lines + files).joined(separator: "\n")
  }
}
