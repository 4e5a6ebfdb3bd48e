#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Things that were found, by falling score.
///
/// Source: mmdet.models.BBoxHead and multiclass_nms.
public struct Detections: Hashable, Sendable {
  public struct Settings: Hashable, Sendable {
    /// What a score must exceed.
    public var score: Float
    public var overlap: Float
    public var count: Int
    /// Whether boxes of all classes compete.
    public var isClassAgnostic: Bool

    public init(score: Float, overlap: Float, count: Int, isClassAgnostic: Bool = false) {
      (self.score, self.overlap, self.count, self.isClassAgnostic) = (score, overlap, count, isClassAgnostic)
    }
  }

  /// In pixels of the original image.
  public let boxes: [Box]
  public let scores: [Float]
  public let labels: [Int]

  /// `logits` [regions, classes + 1], the last for nothing, and `deltas` [regions, 4 · classes] are what a network says
  /// of `regions`. `factors` are the network's input over the original; `height` and `width` those of the image in the
  /// input.
  public init(
    logits: [Float], deltas: [Float], regions: [Box], classes: Int, coder: BoxCoder, _ settings: Settings,
    height: Int, width: Int, factors: (width: Float, height: Float)
  ) {
    var (boxes, scores, labels): ([Box], [Float], [Int]) = ([], [], [])
    for (index, region) in regions.enumerated() {
      let row = Detections.softmax(logits[index * (classes + 1)..<(index + 1) * (classes + 1)])
      for label in 0..<classes where row[label] > settings.score {
        let first = 4 * (index * classes + label)
        let box = coder.decode(
          (deltas[first], deltas[first + 1], deltas[first + 2], deltas[first + 3]), from: region,
          height: Float(height), width: Float(width))
        boxes.append(box.divided(by: factors))
        scores.append(row[label])
        labels.append(label)
      }
    }
    let kept =
      settings.isClassAgnostic
      ? Suppression.kept(boxes, scores: scores, overlap: settings.overlap)
      : Suppression.kept(boxes, scores: scores, groups: labels, overlap: settings.overlap)
    let best = kept.prefix(settings.count)
    self.boxes = best.map { boxes[$0] }
    self.scores = best.map { scores[$0] }
    self.labels = best.map { labels[$0] }
  }

  private static func softmax(_ logits: ArraySlice<Float>) -> [Float] {
    let largest = logits.max() ?? 0
    let powers = logits.map { expf($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
