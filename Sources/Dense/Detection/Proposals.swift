#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Boxes of several shapes around each position of a map.
///
/// Source: mmdet.core.anchor.AnchorGenerator.
public struct AnchorGrid: Hashable, Sendable {
  /// Around the first position.
  public let shapes: [Box]
  public let stride: Int

  /// `ratios` are heights over widths.
  public init(stride: Int, scales: [Double], ratios: [Double]) {
    self.stride = stride
    var shapes: [Box] = []
    for ratio in ratios {
      let root = Float(ratio).squareRoot()
      for scale in scales {
        let height = Float(stride) * root * Float(scale)
        let width = Float(stride) * (1 / root) * Float(scale)
        shapes.append(Box(-0.5 * width, -0.5 * height, 0.5 * width, 0.5 * height))
      }
    }
    self.shapes = shapes
  }

  public func box(_ shape: Int, row: Int, column: Int) -> Box {
    let (x, y, box) = (Float(column * stride), Float(row * stride), shapes[shape])
    return Box(box.left + x, box.top + y, box.right + x, box.bottom + y)
  }
}

/// Where things may be: boxes that are worth a closer look.
///
/// Source: mmdet.models.RPNHead.
public struct Proposals: Sendable {
  public struct Settings: Hashable, Sendable {
    /// The best of each map.
    public var perMap: Int
    public var count: Int
    public var overlap: Float
    public var leastSide: Float

    public init(perMap: Int, count: Int, overlap: Float, leastSide: Float) {
      (self.perMap, self.count, self.overlap, self.leastSide) = (perMap, count, overlap, leastSide)
    }
  }

  /// What a network says of one map's anchors.
  public struct Map: Sendable {
    public let height: Int
    public let width: Int
    /// [anchors, height, width]
    public let scores: [Float]
    /// [anchors · 4, height, width]
    public let deltas: [Float]

    public init(height: Int, width: Int, scores: [Float], deltas: [Float]) {
      (self.height, self.width, self.scores, self.deltas) = (height, width, scores, deltas)
    }
  }

  /// By falling score, in pixels of the network's input.
  public let boxes: [Box]
  public let scores: [Float]

  /// `height` and `width` are those of the image within the network's input.
  public init(
    _ maps: [Map], _ anchors: [AnchorGrid], _ coder: BoxCoder, _ settings: Settings, height: Int, width: Int
  ) {
    var (boxes, scores, levels): ([Box], [Float], [Int]) = ([], [], [])
    for (level, (map, anchors)) in zip(maps, anchors).enumerated() {
      let (count, plane) = (anchors.shapes.count, map.height * map.width)
      let probabilities = map.scores.map { 1 / (1 + expf(-$0)) }
      // Positions in turn, each with its anchors in turn.
      func probability(_ index: Int) -> Float { probabilities[index % count * plane + index / count] }
      var order = Array(0..<count * plane)
      if order.count > settings.perMap {
        order.sort { a, b in
          let (x, y) = (probability(a), probability(b))
          return x != y ? x > y : a < b
        }
        order = Array(order.prefix(settings.perMap))
      }
      for index in order {
        let (shape, position) = (index % count, index / count)
        func delta(_ part: Int) -> Float { map.deltas[(4 * shape + part) * plane + position] }
        let base = anchors.box(shape, row: position / map.width, column: position % map.width)
        let box = coder.decode(
          (delta(0), delta(1), delta(2), delta(3)), from: base, height: Float(height), width: Float(width))
        guard box.width > settings.leastSide, box.height > settings.leastSide else { continue }
        boxes.append(box)
        scores.append(probability(index))
        levels.append(level)
      }
    }
    let kept = Suppression.kept(boxes, scores: scores, groups: levels, overlap: settings.overlap).prefix(settings.count)
    self.boxes = kept.map { boxes[$0] }
    self.scores = kept.map { scores[$0] }
  }
}
