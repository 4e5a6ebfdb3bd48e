/// Which found objects of one category in one image are which annotated ones, at every overlap, by area and limit.
struct ImageMatches {
  struct Found {
    let score: Double
    let isMatched: Bool
    /// Counts neither for nor against.
    let isIgnored: Bool
  }

  private let objects: ObjectPairs.Objects
  private let settings: DetectionMetric.Settings

  init(_ objects: ObjectPairs.Objects, _ settings: DetectionMetric.Settings) {
    self.objects = objects
    self.settings = settings
  }

  private func isIgnored(_ object: ObjectPairs.Objects.Annotated, _ area: Int) -> Bool {
    object.isCrowd || !DetectionMetric.areas[area].contains(object.area)
  }

  /// Annotated objects that count.
  func annotated(_ area: Int) -> Int { objects.annotated.count { !isIgnored($0, area) } }

  /// The found objects by falling score, each given the annotated one that it covers best and that is still free;
  /// ones that do not count are taken only where no other fits.
  func found(area: Int, overlap: Int, limit: Int) -> [Found] {
    let ignored = objects.annotated.map { isIgnored($0, area) }
    let order = ignored.indices.filter { !ignored[$0] } + ignored.indices.filter { ignored[$0] }
    let threshold = min(DetectionMetric.overlaps[overlap], 1 - 1e-10)
    var taken = [Bool](repeating: false, count: ignored.count)
    return zip(objects.found, objects.overlaps).prefix(limit).map { object, overlaps in
      var (best, match): (Double, Int?) = (threshold, nil)
      for index in order {
        if taken[index], !objects.annotated[index].isCrowd { continue }
        if let match, !ignored[match], ignored[index] { break }
        guard overlaps[index] >= best else { continue }
        (best, match) = (overlaps[index], index)
      }
      if let match { taken[match] = true }
      let isOutside = match == nil && !DetectionMetric.areas[area].contains(object.area)
      return Found(score: object.score, isMatched: match != nil, isIgnored: match.map { ignored[$0] } ?? isOutside)
    }
  }
}
