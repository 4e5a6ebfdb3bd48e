import Dense
import Images

// What networks find, in the forms that evaluators read.

extension LabelMap {
  /// A PNG with a palette.
  func png(classes: Int) throws -> [UInt8] {
    guard classes <= 256 else { throw DenseRunError.tooManyClasses(classes) }
    return try PNGFile.bytes(
      labels: labels.map { UInt8($0) }, size: ImageSize(height: height, width: width),
      palette: Palette.colors(classes))
  }
}

extension FoundThings {
  /// COCO's results for the image of this identifier; `categories` are the classes' identifiers.
  func results(image: Int, categories: [Int]) -> [COCOResult] {
    masks.indices.map { place in
      let box = detections.boxes[place]
      return COCOResult(
        imageId: image, categoryId: categories[detections.labels[place]],
        bbox: [box.left, box.top, box.width, box.height].map { Double($0) },
        segmentation: COCOSegmentation(masks[place]), score: Double(detections.scores[place]))
    }
  }
}

/// A panoptic map whose segments are numbered from 1, as COCO's files have them; 0 is for none.
struct NumberedSegments {
  let map: PanopticMap
  let segments: [(identifier: Int, label: Int, area: Int)]
  private let numbers: [Int: Int]

  init(_ map: PanopticMap) {
    self.map = map
    segments = map.segments
    numbers = Dictionary(uniqueKeysWithValues: segments.enumerated().map { ($1.identifier, $0 + 1) })
  }

  /// Nil for what is no segment.
  func number(of identifier: Int) -> Int? { numbers[identifier] }

  /// `categories` are the classes' identifiers.
  func entry(image: Int, file: String, categories: [Int]) -> PanopticFile.Entry {
    PanopticFile.Entry(
      imageId: image, fileName: file,
      segmentsInfo: segments.enumerated().map {
        PanopticMetric.Segment(id: $0 + 1, categoryId: categories[$1.label], area: $1.area)
      })
  }

  /// The numbers as red + 256 · green + 65536 · blue.
  func png() throws -> [UInt8] {
    let pixels = map.identifiers.flatMap { identifier -> [UInt8] in
      let id = numbers[identifier] ?? 0
      return [UInt8(id & 255), UInt8(id >> 8 & 255), UInt8(id >> 16 & 255)]
    }
    guard let image = RGBImage(width: map.width, height: map.height, pixels: pixels) else { return [] }
    return try PNGFile.bytes(of: image)
  }
}
