public import Backbones
import Dense
import Foundation
import Graph
import Images
import Kernels
import ModelFile
public import Runtime
import Tensors

/// A network that is run over annotated images, so that what it finds can be evaluated.
///
/// What it finds in an image is stored before the next one is looked at: another run with the same folder goes on
/// where this one ended, however it did.
public struct EvaluationRun: Sendable {
  private let runner: DenseRunner
  /// Nil where images are looked at one by one.
  private let backbone: BatchedBackbone?
  /// Images that are looked at at a time.
  private let batch: Int
  private let annotated: AnnotatedImages
  private let folder: EvaluationFolder
  /// The classes' names, where the model has them.
  public let labels: [String]

  /// `images` is a folder; `results` is made where it is missing, and refused where its results are of another model,
  /// other images or settings.
  public init(
    _ model: Model, task: DenseTask, annotations: String, images: String, results: String,
    settings: DenseReport.Settings = DenseReport.Settings(), computing: SessionSettings = SessionSettings()
  ) throws {
    runner = try DenseRunner(model, task: task, settings: settings, computing: computing)
    batch = max(settings.batch, 1)
    backbone = batch > 1 ? try runner.batchedBackbone() : nil
    labels = model.content.labels
    let classes = runner.configuration.classes
    if task == .segment, classes > 256 { throw DenseRunError.tooManyClasses(classes) }
    annotated = try AnnotatedImages(
      annotations, task: task, folder: images, classes: classes,
      things: runner.configuration.detection?.classes ?? 0, labels: labels)
    folder = try EvaluationFolder(results, origin: EvaluationRun.origin(model, runner, annotated, computing))
  }

  public var classes: Int { runner.configuration.classes }
  public var count: Int { annotated.images.count }
  /// Images whose results are stored.
  public var stored: Int { annotated.images.count { folder.exists(mark($0)) } }

  /// What all results depend on.
  private static func origin(
    _ model: Model, _ runner: DenseRunner, _ annotated: AnnotatedImages, _ computing: SessionSettings
  ) throws -> [String: String] {
    func digest(_ lines: [String]) -> String {
      "\(Array(lines.joined(separator: "\n").utf8).withUnsafeBytes { Digest(hashing: $0) })"
    }
    let tensors = Digest(of: model.content.fingerprints { _ in true })
    let images = annotated.images.map { image in
      let attributes = try? FileManager.default.attributesOfItem(atPath: image.path)
      return "\(image.name)\t\((attributes?[.size] as? Int) ?? 0)"
    }
    return [
      "task": runner.configuration.task.rawValue,
      "model": digest(["\(tensors)", "\(model.graph.structure)", model.content.dense ?? ""]),
      "images": digest(images),
      "categories": annotated.categories.map(String.init).joined(separator: " "),
      "preparation": runner.preparation.compactJSON,
      "windows": runner.windows.map { "\($0.crop) \($0.stride)" } ?? "",
      "routing": runner.routing,
      "precision": "\(computing.precision)",
      "tier": computing.kernels.name,
    ]
  }

  /// Looks at the images that have no results yet; `progress` is told how many have, of how many.
  public func run(progress: ((Int, Int) -> Void)? = nil) throws {
    var missing = annotated.images.filter { !folder.exists(mark($0)) }[...]
    while !missing.isEmpty {
      let next = missing.prefix(batch)
      let prepared = try next.map { try runner.preparation.prepare(RGBImage(path: $0.path)) }
      let maps = try backbone?.maps(of: prepared)
      for (index, image) in next.enumerated() {
        try store(prepared[index], maps?[index], of: image)
        progress?(count - missing.count + index + 1, count)
      }
      missing = missing.dropFirst(next.count)
    }
  }

  /// The file whose presence says that an image is done: the last one to be written of it.
  private func mark(_ image: AnnotatedImages.Image) -> String {
    image.name + (runner.configuration.task == .segment ? ".labels.png" : ".json")
  }

  private func store(
    _ prepared: DensePreparation.Prepared, _ maps: BackboneMaps?, of image: AnnotatedImages.Image
  ) throws {
    let bytes: [UInt8]
    switch runner.configuration.task {
    case .segment: bytes = try runner.segment(prepared, from: maps).png(classes: classes)
    case .detect:
      let results = try runner.detect(prepared, from: maps).results(image: image.id, categories: annotated.categories)
      bytes = try [UInt8](COCOFile.write(results))
    case .panoptic:
      let segments = NumberedSegments(try runner.panoptic(prepared, from: maps).map)
      let file = image.name + ".panoptic.png"
      try folder.write(segments.png(), file)
      let entry = segments.entry(image: image.id, file: file, categories: annotated.categories)
      bytes = try [UInt8](COCOFile.write(entry))
    }
    try folder.write(bytes, mark(image))
  }

  /// Gathers all images' results and returns what `Evaluation` takes as predictions: a folder, or a file in COCO's
  /// format.
  public func predictions() throws -> String {
    let marks = annotated.images.map { folder.file(mark($0)) }
    switch runner.configuration.task {
    case .segment: return folder.path
    case .detect:
      let results = try marks.flatMap { try COCOResult.read($0) }
      try folder.write([UInt8](COCOFile.write(results)), "results.json")
      return folder.file("results.json")
    case .panoptic:
      let entries = try marks.map { try COCOFile.read(PanopticFile.Entry.self, $0) }
      let document = PanopticFile(annotations: entries, categories: annotated.stated)
      try folder.write([UInt8](COCOFile.write(document)), "panoptic.json")
      return folder.file("panoptic.json")
    }
  }
}
