/// Panoptic quality: how well segments agree with annotated ones.
///
/// Source: Kirillov et al. 2019, arXiv:1801.00868; panopticapi.evaluation.
public struct PanopticMetric: Sendable {
  public struct Segment: Codable, Hashable, Sendable {
    /// Red + 256 · green + 65536 · blue in the PNG.
    public let id: Int
    public let categoryId: Int
    public let area: Int?
    public let iscrowd: Int?

    public init(id: Int, categoryId: Int, area: Int? = nil, iscrowd: Int? = nil) {
      self.id = id
      self.categoryId = categoryId
      self.area = area
      self.iscrowd = iscrowd
    }
  }

  /// The segments of one image: identifiers by pixel, 0 for none, and what they are.
  public struct Map: Sendable {
    public let image: Int
    public let identifiers: [Int]
    public let segments: [Segment]

    public init(image: Int, identifiers: [Int], segments: [Segment]) {
      self.image = image
      self.identifiers = identifiers
      self.segments = segments
    }

    /// From the pixels of a PNG: red, green, blue.
    public init(image: Int, pixels: [UInt8], segments: [Segment]) {
      self.init(
        image: image,
        identifiers: (0..<pixels.count / 3).map {
          Int(pixels[3 * $0]) + Int(pixels[3 * $0 + 1]) << 8 + Int(pixels[3 * $0 + 2]) << 16
        }, segments: segments)
    }
  }

  public struct Counts: Hashable, Sendable {
    public fileprivate(set) var overlap = 0.0
    public fileprivate(set) var matched = 0
    public fileprivate(set) var wrong = 0
    public fileprivate(set) var missed = 0

    /// Panoptic quality, and its factors: of segmentation and of recognition.
    public var quality: Quality {
      let count = Double(matched) + 0.5 * Double(wrong) + 0.5 * Double(missed)
      guard count > 0 else { return Quality(pq: 0, sq: 0, rq: 0) }
      return Quality(
        pq: overlap / count, sq: matched > 0 ? overlap / Double(matched) : 0, rq: Double(matched) / count)
    }

    var isEmpty: Bool { matched + wrong + missed == 0 }
  }

  public struct Quality: Hashable, Sendable {
    public let pq: Double
    public let sq: Double
    public let rq: Double
  }

  public enum Group: String, Sendable, CaseIterable { case all, things, stuff }

  public let categories: [COCOAnnotations.Category]
  /// By category's identifier.
  public private(set) var counts: [Int: Counts] = [:]

  public init(_ categories: [COCOAnnotations.Category]) {
    self.categories = categories.sorted { $0.id < $1.id }
    for category in categories { counts[category.id] = Counts() }
  }

  /// Counts an image's segments.
  public mutating func add(_ prediction: Map, _ annotation: Map) throws(MetricError) {
    guard prediction.identifiers.count == annotation.identifiers.count else {
      throw .sizesDiffer(
        predicted: "\(prediction.identifiers.count)", annotated: "\(annotation.identifiers.count)")
    }
    // One crowd a category, the last.
    let crowds = Dictionary(
      annotation.segments.filter { $0.iscrowd ?? 0 != 0 }.map { ($0.categoryId, $0.id) }
    ) { $1 }
    let ours = try Self.index(prediction, "the predictions", counts)
    var theirs = try Self.index(annotation, "the annotations", counts)
    var areas: [Int: Int] = [:]
    var sizes: [Int: Int] = [:]
    var common: [Pair: Int] = [:]
    for (found, stated) in zip(prediction.identifiers, annotation.identifiers) {
      areas[found, default: 0] += 1
      sizes[stated, default: 0] += 1
      common[Pair(stated: stated, found: found), default: 0] += 1
    }
    // The stated area counts, as far as one is stated.
    theirs = theirs.mapValues {
      Segment(id: $0.id, categoryId: $0.categoryId, area: $0.area ?? sizes[$0.id], iscrowd: $0.iscrowd)
    }
    for id in areas.keys where id != 0 && ours[id] == nil {
      throw .segmentNotInJSON(id, image: prediction.image)
    }
    for id in ours.keys where areas[id] == nil { throw .segmentNotInPNG(id, image: prediction.image) }
    match(ours, theirs, areas, common, crowds)
  }

  private struct Pair: Hashable {
    let stated: Int
    let found: Int
  }

  private static func index(
    _ map: Map, _ owner: String, _ counts: [Int: Counts]
  ) throws(MetricError) -> [Int: Segment] {
    var index: [Int: Segment] = [:]
    for segment in map.segments {
      guard counts[segment.categoryId] != nil else { throw .unknownCategory(segment.categoryId, of: owner) }
      guard index.updateValue(segment, forKey: segment.id) == nil else { throw .duplicate(segment.id, of: owner) }
    }
    return index
  }

  private mutating func match(
    _ ours: [Int: Segment], _ theirs: [Int: Segment], _ areas: [Int: Int], _ common: [Pair: Int],
    _ crowds: [Int: Int]
  ) {
    func crowd(_ segment: Segment) -> Bool { segment.iscrowd ?? 0 != 0 }
    var matched: (found: Set<Int>, stated: Set<Int>) = ([], [])
    // In order, so that sums are the same every time.
    for (pair, pixels) in common.sorted(by: { ($0.key.stated, $0.key.found) < ($1.key.stated, $1.key.found) }) {
      guard let own = ours[pair.found], let other = theirs[pair.stated], !crowd(other),
        own.categoryId == other.categoryId
      else { continue }
      let unlabelled = common[Pair(stated: 0, found: pair.found)] ?? 0
      let union = (areas[pair.found] ?? 0) + (other.area ?? 0) - pixels - unlabelled
      let overlap = Double(pixels) / Double(union)
      guard overlap > 0.5 else { continue }
      counts[own.categoryId]?.matched += 1
      counts[own.categoryId]?.overlap += overlap
      matched.found.insert(own.id)
      matched.stated.insert(other.id)
    }
    for other in theirs.values where !crowd(other) && !matched.stated.contains(other.id) {
      counts[other.categoryId]?.missed += 1
    }
    for own in ours.values where !matched.found.contains(own.id) {
      var excused = common[Pair(stated: 0, found: own.id)] ?? 0
      if let crowd = crowds[own.categoryId] { excused += common[Pair(stated: crowd, found: own.id)] ?? 0 }
      guard Double(excused) / Double(areas[own.id] ?? 1) <= 0.5 else { continue }
      counts[own.categoryId]?.wrong += 1
    }
  }

  /// The means over the group's categories that are anywhere, and their number; nil where there are none.
  public func mean(_ group: Group) -> (quality: Quality, categories: Int)? {
    let own = categories.filter { category in
      let isThing = category.isthing ?? 1 == 1
      return group == .all || (group == .things) == isThing
    }
    let present = own.compactMap { counts[$0.id] }.filter { !$0.isEmpty }.map(\.quality)
    guard !present.isEmpty else { return nil }
    func mean(_ part: KeyPath<Quality, Double>) -> Double {
      present.reduce(0) { $0 + $1[keyPath: part] } / Double(present.count)
    }
    return (Quality(pq: mean(\.pq), sq: mean(\.sq), rq: mean(\.rq)), present.count)
  }
}
