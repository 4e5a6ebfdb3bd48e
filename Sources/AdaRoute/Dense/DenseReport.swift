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
    /// Images that the backbone looks at at a time, whatever their sizes.
    public var batch = 1

    public init() {}
  }

  private let runner: DenseRunner
  /// Nil where images are looked at one by one.
  private let backbone: BatchedBackbone?
  private let labels: [String]
  private let folder: String?
  private var images: [Image] = []
  private var results: [COCOResult] = []
  private var panoptic: [PanopticFile.Entry] = []
  private var names: Set<String> = []

  /// `folder` is where files go, and is made where it is missing; nil for none.
  public init(
    _ model: Model, task: DenseTask, folder: String?, settings: Settings = Settings(),
    computing: SessionSettings = SessionSettings()
  ) throws {
    runner = try DenseRunner(model, task: task, settings: settings, computing: computing)
    backbone = settings.batch > 1 ? try runner.batchedBackbone() : nil
    labels = model.content.labels
    self.folder = folder
    if let folder {
      do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
        throw FileError.cannotCreate(path: folder, reason: "the folder cannot be made")
      }
    }
  }

  private func label(_ category: Int) -> String? { labels.indices.contains(category) ? labels[category] : nil }

  /// What a region is called in pictures, with its score in percent.
  private func name(_ category: Int, _ score: Float? = nil) -> String {
    let name = (label(category) ?? "class \(category)").prefix(40)
    guard let score, score.isFinite else { return String(name) }
    return "\(name) \(Int((min(max(score, 0), 1) * 100).rounded()))%"
  }

  /// Looks at images, with a batch of settings at once; throws where another one's files have the same names.
  ///
  /// All of them are held meanwhile.
  public mutating func add(_ paths: [String]) throws {
    var photos: [Photo] = []
    for path in paths {
      let image = try RGBImage(path: path)
      let prepared = try runner.preparation.prepare(image)
      let stem = URL(filePath: path).deletingPathExtension().lastPathComponent
      guard names.insert(stem).inserted else { throw DenseRunError.sameName(path, stem) }
      photos.append(Photo(path: path, stem: stem, image: image, prepared: prepared))
    }
    if let maps = try backbone?.maps(of: photos.map(\.prepared)) {
      for (index, own) in maps.enumerated() { photos[index].maps = own }
    }
    for photo in photos {
      let (regions, files) =
        switch runner.configuration.task {
        case .segment: try addLabels(photo)
        case .detect: try addThings(photo)
        case .panoptic: try addPanoptic(photo)
        }
      let size = photo.image.size
      images.append(Image(name: photo.path, height: size.height, width: size.width, regions: regions, files: files))
    }
  }

  /// An image that is looked at.
  private struct Photo {
    let path: String
    /// What its files' names begin with.
    let stem: String
    let image: RGBImage
    let prepared: DensePreparation.Prepared
    /// Nil where the backbone has not been asked yet.
    var maps: BackboneMaps?
  }

  private func addLabels(_ photo: Photo) throws -> ([Region], [String]) {
    let map = try runner.segment(photo.prepared, from: photo.maps)
    let classes = runner.configuration.classes
    var areas = [Int](repeating: 0, count: classes)
    for label in map.labels { areas[Int(label)] += 1 }
    let regions = areas.indices.filter { areas[$0] > 0 }.sorted { (areas[$0], $1) > (areas[$1], $0) }.map {
      Region(category: $0, label: label($0), area: areas[$0], score: nil, box: nil)
    }
    guard folder != nil else { return (regions, []) }
    var overlay = Overlay(photo.image)
    overlay.draw({ Int(map.labels[$0]) }, color: { Palette.color($0) }, name: { name($0) })
    let labels = try write(map.png(classes: classes), photo.stem + ".labels.png")
    return (regions, [labels, try write(overlay, photo.stem)])
  }

  private mutating func addThings(_ photo: Photo) throws -> ([Region], [String]) {
    let found = try runner.detect(photo.prepared, from: photo.maps)
    var overlay = Overlay(photo.image)
    var regions: [Region] = []
    for (place, mask) in found.masks.enumerated() {
      let (box, score) = (found.detections.boxes[place], found.detections.scores[place])
      let category = found.detections.labels[place]
      let corners = [box.left, box.top, box.width, box.height]
      regions.append(Region(category: category, label: label(category), area: mask.area, score: score, box: corners))
    }
    results += found.results(image: images.count + 1, categories: Array(1...runner.configuration.classes))
    // The surest on top.
    for place in regions.indices.reversed() {
      overlay.draw(found.masks[place], box: found.detections.boxes[place], color: Palette.color(place))
    }
    for (place, region) in regions.enumerated() {
      overlay.write(
        name(region.category, region.score), at: found.detections.boxes[place], color: Palette.color(place))
    }
    return (regions, folder == nil ? [] : [try write(overlay, photo.stem)])
  }

  private mutating func addPanoptic(_ photo: Photo) throws -> ([Region], [String]) {
    let (map, things) = try runner.panoptic(photo.prepared, from: photo.maps)
    let segments = NumberedSegments(map)
    let regions = segments.segments.map {
      Region(
        category: $0.label, label: label($0.label), area: $0.area,
        score: map.thing(of: $0.identifier).map { things.detections.scores[$0] }, box: nil)
    }
    let file = photo.stem + ".panoptic.png"
    panoptic.append(
      segments.entry(image: images.count + 1, file: file, categories: Array(1...runner.configuration.classes)))
    guard folder != nil else { return (regions, []) }
    var overlay = Overlay(photo.image)
    overlay.draw(
      { map.identifiers[$0] }, color: { segments.number(of: $0).map { Palette.color($0 - 1) } },
      name: { segments.number(of: $0).map { name(regions[$0 - 1].category, regions[$0 - 1].score) } ?? "" })
    return (regions, [try write(segments.png(), file), try write(overlay, photo.stem)])
  }

  // MARK: Files

  private func write(_ bytes: [UInt8], _ name: String) throws -> String {
    guard let folder else { return name }
    let path = joinedPath(folder, name)
    try refuseOverwriting(path, images.map(\.name))
    let file = try OutputFile(path: path)
    try file.write(bytes)
    try file.commit()
    return path
  }

  private func write(_ overlay: consuming Overlay, _ stem: String) throws -> String {
    guard let image = overlay.finished() else { return stem }
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
        let document = PanopticFile(annotations: panoptic, categories: categories)
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
