import Backbones
import Dense
import Foundation

/// The images that annotations are of, in order, and what the annotations call a network's classes.
struct AnnotatedImages {
  struct Image {
    /// What its results are called.
    let name: String
    let path: String
    /// In COCO's files; a place for label maps.
    let id: Int
  }

  let images: [Image]
  /// By class; empty for label maps.
  let categories: [Int]
  /// What COCO's files call them.
  let stated: [COCOAnnotations.Category]

  /// Throws where an annotated image is not in the folder, or classes and categories do not fit.
  init(_ annotations: String, task: DenseTask, folder: String, classes: Int, things: Int, labels: [String]) throws {
    var files: [(name: String, file: String, id: Int)] = []
    switch task {
    case .segment:
      stated = []
      let found = try AnnotatedImages.photos(in: folder)
      for (place, label) in try Evaluation.files(in: annotations, suffix: ".png").enumerated() {
        let stem = String(label.dropLast(4))
        guard let photo = found[stem] else {
          throw EvaluationError.noImage(stem, folder: folder, annotations: annotations)
        }
        files.append((stem, photo, place))
      }
    case .detect:
      let document = try COCOAnnotations(path: annotations)
      stated = document.categories
      for image in document.images.values.sorted(by: { $0.id < $1.id }) {
        guard let file = image.fileName else { throw EvaluationError.noFileName(image: image.id, of: annotations) }
        files.append(("\(image.id)", file, image.id))
      }
    case .panoptic:
      let document = try COCOFile.read(PanopticFile.self, annotations)
      stated = document.categories ?? []
      let names = Dictionary((document.images ?? []).map { ($0.id, $0.fileName) }) { first, _ in first }
      for entry in document.annotations.sorted(by: { $0.imageId < $1.imageId }) {
        guard let file = names[entry.imageId].flatMap({ $0 }) else {
          throw EvaluationError.noFileName(image: entry.imageId, of: annotations)
        }
        files.append(("\(entry.imageId)", file, entry.imageId))
      }
    }
    guard !files.isEmpty else { throw EvaluationError.nothingAnnotated(annotations) }
    categories =
      task == .segment
      ? [] : try Self.categories(stated, classes: classes, things: things, labels: labels, of: annotations)
    images = files.map { Image(name: $0.name, path: joinedPath(folder, $0.file), id: $0.id) }
    for (image, file) in zip(images, files) where !FileManager.default.fileExists(atPath: image.path) {
      throw EvaluationError.noImage(file.file, folder: folder, annotations: annotations)
    }
  }

  /// Files of images by their names without the ending.
  private static func photos(in folder: String) throws -> [String: String] {
    let endings = ["jpg", "jpeg", "png"]
    let names = try Evaluation.files(in: folder, suffix: "").filter { name in
      endings.contains(URL(filePath: name).pathExtension.lowercased())
    }
    return Dictionary(names.map { (URL(filePath: $0).deletingPathExtension().lastPathComponent, $0) }) { first, _ in
      first
    }
  }

  /// The categories' identifiers by class: of the classes' names where there are such for all of them, else in the
  /// order of identifiers, things before stuff, as the datasets of mmdetection have it.
  private static func categories(
    _ stated: [COCOAnnotations.Category], classes: Int, things: Int, labels: [String], of path: String
  ) throws -> [Int] {
    let named = Dictionary(stated.compactMap { category in category.name.map { ($0, category.id) } }) { first, _ in
      first
    }
    let own = labels.compactMap { named[$0] }
    if own.count == classes, Set(own).count == classes { return own }
    let isThing: (COCOAnnotations.Category) -> Bool = { $0.isthing != 0 }
    let ordered = stated.filter(isThing).map(\.id).sorted() + stated.filter { !isThing($0) }.map(\.id).sorted()
    guard ordered.count == classes, stated.count(where: isThing) == things else {
      throw EvaluationError.categories(stated.count, of: path, model: classes)
    }
    return ordered
  }
}
