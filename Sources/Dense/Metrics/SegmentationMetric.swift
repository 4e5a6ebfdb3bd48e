/// How well label maps agree with annotated ones: what mmsegmentation reports.
///
/// Pixels are counted over all images before anything is divided.
/// Source: mmseg.core.evaluation.metrics (version 0.30).
public struct SegmentationMetric: Hashable, Sendable {
  public let classes: Int
  /// Annotated pixels with this label are left out.
  public let ignored: Int
  /// Whether label 0 of annotations is left out, and the others count from 1: ADE20K.
  public let reducesZero: Bool
  /// By class: pixels where both agree, predicted pixels, annotated pixels.
  public private(set) var intersections: [Int]
  public private(set) var predicted: [Int]
  public private(set) var annotated: [Int]
  public private(set) var images = 0

  public init(classes: Int, ignored: Int = 255, reducesZero: Bool = false) {
    self.classes = classes
    self.ignored = ignored
    self.reducesZero = reducesZero
    intersections = [Int](repeating: 0, count: classes)
    predicted = intersections
    annotated = intersections
  }

  /// Counts an image's pixels. A predicted label that is no class counts as wrong.
  public mutating func add(_ prediction: LabelMap, _ annotation: LabelMap) throws(MetricError) {
    guard prediction.height == annotation.height, prediction.width == annotation.width else {
      throw .sizesDiffer(
        predicted: "\(prediction.height)x\(prediction.width)", annotated: "\(annotation.height)x\(annotation.width)")
    }
    for (found, stated) in zip(prediction.labels, annotation.labels) {
      var label = Int(stated)
      if reducesZero { label = label == 0 || label == 255 ? 255 : label - 1 }
      guard label != ignored else { continue }
      let found = Int(found)
      if found < classes { predicted[found] += 1 }
      guard label < classes else { throw .label(found: label, classes: classes) }
      annotated[label] += 1
      if found == label { intersections[label] += 1 }
    }
    images += 1
  }

  public var unions: [Int] { (0..<classes).map { predicted[$0] + annotated[$0] - intersections[$0] } }

  /// By class; nil for a class that is nowhere.
  public var intersectionOverUnion: [Double?] { ratios(intersections, unions) }
  public var accuracy: [Double?] { ratios(intersections, annotated) }
  /// Of all annotated pixels.
  public var pixelAccuracy: Double? {
    ratios([intersections.reduce(0, +)], [annotated.reduce(0, +)])[0]
  }
  /// Over the classes that have a number; nil where none has.
  public var meanIntersectionOverUnion: Double? { mean(intersectionOverUnion) }
  public var meanAccuracy: Double? { mean(accuracy) }

  private func ratios(_ parts: [Int], _ wholes: [Int]) -> [Double?] {
    zip(parts, wholes).map { $1 == 0 ? nil : Double($0) / Double($1) }
  }

  private func mean(_ values: [Double?]) -> Double? {
    let present = values.compactMap(\.self)
    return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
  }
}

/// Why predictions and annotations cannot be compared.
public enum MetricError: Error, Hashable, Sendable {
  case sizesDiffer(predicted: String, annotated: String)
  case label(found: Int, classes: Int)
  case unknownImage(Int, of: String)
  case unknownCategory(Int, of: String)
  case duplicate(Int, of: String)
  case mask(image: Int, MaskError)
  case missing(String, image: Int)
  case segmentNotInPNG(Int, image: Int)
  case segmentNotInJSON(Int, image: Int)
  case malformed(path: String, reason: String)
}

extension MetricError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .sizesDiffer(let predicted, let annotated):
      "a label map of \(annotated) pixels expected, as annotated, \(predicted) found"
    case .label(let found, let classes): "annotated labels below \(classes) expected, or ignored ones, \(found) found"
    case .unknownImage(let id, let owner): "\(owner) name the image \(id), which the annotations do not have"
    case .unknownCategory(let id, let owner): "\(owner) name the category \(id), which the annotations do not have"
    case .duplicate(let id, let owner): "\(owner) have the identifier \(id) twice"
    case .mask(let image, let error): "image \(image): \(error)"
    case .missing(let what, let image): "image \(image): \(what) is missing"
    case .segmentNotInPNG(let id, let image): "image \(image): the segment \(id) is stated, but not in the PNG"
    case .segmentNotInJSON(let id, let image): "image \(image): the PNG has the segment \(id), which is not stated"
    case .malformed(let path, let reason): "\(path): \(reason)"
    }
  }
}
