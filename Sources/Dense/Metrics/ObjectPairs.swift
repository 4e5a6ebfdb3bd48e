/// What is annotated and what was found, by image and category, with what they have in common.
struct ObjectPairs {
  /// One category's objects in one image.
  struct Objects {
    struct Annotated {
      let area: Double
      let isCrowd: Bool
    }

    struct Found {
      let area: Double
      let score: Double
    }

    let annotated: [Annotated]
    /// By falling score, as many as the largest limit.
    let found: [Found]
    /// By found and annotated object: the overlap, over the union, or over the found one's area for a crowd.
    let overlaps: [[Double]]
  }

  private struct Key: Hashable {
    let image: Int
    let category: Int
  }

  private var objects: [Key: Objects] = [:]

  func objects(image: Int, category: Int) -> Objects? { objects[Key(image: image, category: category)] }

  init(
    _ annotations: COCOAnnotations, _ results: [COCOResult], _ settings: DetectionMetric.Settings
  ) throws(MetricError) {
    let categories = Set(annotations.categories.map(\.id))
    var annotated: [Key: [COCOAnnotations.Object]] = [:]
    for object in annotations.objects {
      annotated[Key(image: object.imageId, category: object.categoryId), default: []].append(object)
    }
    var found: [Key: [COCOResult]] = [:]
    for result in results {
      guard annotations.images[result.imageId] != nil else {
        throw .unknownImage(result.imageId, of: "the results")
      }
      guard categories.contains(result.categoryId) else {
        throw .unknownCategory(result.categoryId, of: "the results")
      }
      guard result.bbox?.count ?? 4 == 4 else { throw .missing("a number of a box", image: result.imageId) }
      found[Key(image: result.imageId, category: result.categoryId), default: []].append(result)
    }
    for key in Set(annotated.keys).union(found.keys) {
      guard let image = annotations.images[key.image] else { continue }
      objects[key] = try ObjectPairs.pair(annotated[key] ?? [], found[key] ?? [], image, settings)
    }
  }

  private static func pair(
    _ annotated: [COCOAnnotations.Object], _ found: [COCOResult], _ image: COCOAnnotations.Image,
    _ settings: DetectionMetric.Settings
  ) throws(MetricError) -> Objects {
    let order = found.indices.sorted {
      found[$0].score != found[$1].score ? found[$0].score > found[$1].score : $0 < $1
    }
    let best = order.prefix(settings.limits.last ?? 0).map { found[$0] }
    var (ours, theirs): ([Region], [Region]) = ([], [])
    for object in best { ours.append(try Region(object.bbox, object.segmentation, image, settings.region)) }
    for object in annotated { theirs.append(try Region(object.bbox, object.segmentation, image, settings.region)) }
    let crowds = annotated.map { $0.iscrowd ?? 0 != 0 }
    return Objects(
      annotated: zip(annotated, zip(theirs, crowds)).map { object, own in
        Objects.Annotated(area: object.area ?? own.0.area, isCrowd: own.1)
      },
      found: zip(best, ours).map { result, region in
        let byBox = settings.sizesByBox ? result.bbox.map { $0[2] * $0[3] } : nil
        return Objects.Found(area: byBox ?? region.area, score: result.score)
      },
      overlaps: ours.map { own in
        zip(theirs, crowds).map { other, isCrowd in own.overlap(with: other, isCrowd: isCrowd) }
      })
  }
}

/// What an object covers.
private enum Region {
  case box(CornerBox)
  case mask(RunLengthMask)

  init(
    _ box: [Double]?, _ segmentation: COCOSegmentation?, _ image: COCOAnnotations.Image,
    _ kind: DetectionMetric.Region
  ) throws(MetricError) {
    switch kind {
    case .box:
      guard let box else { throw .missing("a box", image: image.id) }
      self = .box(CornerBox(coco: box))
    case .mask:
      guard let segmentation else { throw .missing("a mask", image: image.id) }
      do throws(MaskError) {
        self = .mask(try segmentation.mask(height: image.height, width: image.width))
      } catch {
        throw .mask(image: image.id, error)
      }
    }
  }

  var area: Double {
    switch self {
    case .box(let box): box.area
    case .mask(let mask): Double(mask.area)
    }
  }

  func overlap(with other: Region, isCrowd: Bool) -> Double {
    let common: Double =
      switch (self, other) {
      case (.box(let a), .box(let b)): a.intersection(b)
      case (.mask(let a), .mask(let b)): Double(a.intersection(b))
      default: 0
      }
    return common == 0 ? 0 : common / (isCrowd ? area : area + other.area - common)
  }
}
