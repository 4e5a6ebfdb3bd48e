/// Average precision and recall of found objects: the numbers of COCO's challenges.
///
/// Source: pycocotools.cocoeval (2.0): greedy matching by falling score at ten overlaps, precision made monotone and
/// read at 101 recalls; crowds match any number of objects and count for none.
public struct DetectionMetric: Sendable {
  public enum Region: String, Sendable, CaseIterable {
    case box = "bbox"
    case mask = "segm"
  }

  public struct Settings: Hashable, Sendable {
    public var region: Region
    /// The most objects of a category that count in an image, in rising order: three numbers.
    public var limits: [Int]
    /// Whether a found mask's size is its box', where the results have boxes, as pycocotools has it, or its own, as
    /// mmdetection has it.
    public var sizesByBox: Bool

    public init(region: Region, limits: [Int] = [1, 10, 100], sizesByBox: Bool = false) {
      self.region = region
      self.limits = limits
      self.sizesByBox = sizesByBox
    }
  }

  /// Overlaps from which a found object is the annotated one: 0.5 to 0.95.
  static let overlaps: [Double] = (0..<10).map { index in
    let step = (0.95 - 0.5) / 9
    return index == 9 ? 0.95 : 0.5 + Double(index) * step
  }
  static let recalls: [Double] = (0...100).map { (index: Int) -> Double in index == 100 ? 1 : Double(index) * 0.01 }
  /// Bounds of annotated areas in pixels: all, small, medium, large.
  static let areas: [ClosedRange<Double>] = [0...1e10, 0...1024, 1024...9216, 9216...1e10]

  public let settings: Settings
  public let categories: [COCOAnnotations.Category]
  /// By overlap, category, area and limit: precisions at `recalls`; empty where nothing is annotated.
  private var precisions: [Place: [Double]] = [:]
  /// The same of the largest recall.
  private var reached: [Place: Double] = [:]

  private struct Place: Hashable {
    let overlap: Int
    let category: Int
    let area: Int
    let limit: Int
  }

  /// Compares results with annotations; throws where results name images or categories that these do not have.
  public init(_ annotations: COCOAnnotations, _ results: [COCOResult], _ settings: Settings) throws(MetricError) {
    self.settings = settings
    categories = annotations.categories
    let images = annotations.images.keys.sorted()
    let pairs = try ObjectPairs(annotations, results, settings)
    for (place, category) in categories.enumerated() {
      let matched = images.compactMap { image in
        pairs.objects(image: image, category: category.id).map { ImageMatches($0, settings) }
      }
      for area in Self.areas.indices {
        for limit in settings.limits.indices { accumulate(matched, category: place, area: area, limit: limit) }
      }
    }
  }

  private mutating func accumulate(_ images: [ImageMatches], category: Int, area: Int, limit: Int) {
    let count = images.reduce(0) { (sum: Int, image: ImageMatches) in sum + image.annotated(area) }
    guard count > 0 else { return }
    for overlap in Self.overlaps.indices {
      let found = images.flatMap { $0.found(area: area, overlap: overlap, limit: settings.limits[limit]) }
      // Stable: of equal scores the earlier image's comes first.
      let order = found.indices.sorted { a, b in
        found[a].score != found[b].score ? found[a].score > found[b].score : a < b
      }
      var (right, wrong) = (0.0, 0.0)
      var curve: [(recall: Double, precision: Double)] = []
      for index in order where !found[index].isIgnored {
        if found[index].isMatched { right += 1 } else { wrong += 1 }
        curve.append((right / Double(count), right / (wrong + right + Double.ulpOfOne)))
      }
      let place = Place(overlap: overlap, category: category, area: area, limit: limit)
      reached[place] = curve.last?.recall ?? 0
      for index in curve.indices.dropFirst().reversed() {
        curve[index - 1].precision = max(curve[index - 1].precision, curve[index].precision)
      }
      var values: [Double] = []
      var index = 0
      for recall in Self.recalls {
        while index < curve.count, curve[index].recall < recall { index += 1 }
        values.append(index < curve.count ? curve[index].precision : 0)
      }
      precisions[place] = values
    }
  }

  // MARK: Numbers

  /// The mean precision over overlaps (or at one of them, by its place), recalls and categories that have annotations;
  /// nil where none has.
  public func precision(overlap: Int? = nil, area: Int = 0, limit: Int = 2, category: Int? = nil) -> Double? {
    mean(overlap, category) { precisions[Place(overlap: $0, category: $1, area: area, limit: limit)] ?? [] }
  }

  /// The mean largest recall.
  public func recall(area: Int = 0, limit: Int = 2) -> Double? {
    mean(nil, nil) { overlap, category in
      reached[Place(overlap: overlap, category: category, area: area, limit: limit)].map { [$0] } ?? []
    }
  }

  private func mean(_ overlap: Int?, _ category: Int?, _ values: (Int, Int) -> [Double]) -> Double? {
    var (sum, count) = (0.0, 0)
    for overlap in overlap.map({ [$0] }) ?? Array(Self.overlaps.indices) {
      for category in category.map({ [$0] }) ?? Array(categories.indices) {
        let own = values(overlap, category)
        sum += own.reduce(0, +)
        count += own.count
      }
    }
    return count > 0 ? sum / Double(count) : nil
  }

  /// COCO's twelve numbers under their names; with other limits than COCO's the last six are named after these.
  ///
  /// mmdetection's AP has the limit 100, whatever the largest one is.
  public var summary: [(name: String, value: Double?)] {
    let all = settings.limits.firstIndex(of: 100) ?? 2
    var numbers: [(String, Double?)] = [
      ("AP", precision(limit: all)), ("AP50", precision(overlap: 0)), ("AP75", precision(overlap: 5)),
    ]
    for (index, name) in ["s", "m", "l"].enumerated() { numbers.append(("AP\(name)", precision(area: index + 1))) }
    for (index, limit) in settings.limits.enumerated() { numbers.append(("AR\(limit)", recall(limit: index))) }
    for (index, name) in ["s", "m", "l"].enumerated() { numbers.append(("AR\(name)", recall(area: index + 1))) }
    return numbers
  }
}
