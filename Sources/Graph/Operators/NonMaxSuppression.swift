public import Tensors

/// Of boxes that overlap, the one with the highest score, for every image and class.
///
/// Operands: boxes `[N, b, 4]`, scores `[N, c, b]`, the most boxes for an image and class, one integer, and the
/// overlap from which on a box is left out, one number; optionally the score that a box must exceed. Result: int64
/// `[rows, 3]`, an image, a class and a box each: images in turn, their classes in turn, boxes by falling score, equal
/// ones by their number, and none whose score is no number. Rows behind the last are -1; where more than `rows` are chosen, the last are left away.
///
/// The overlap of two boxes is the area of their intersection over that of their union, in single precision as other
/// runtimes compute it; of boxes without area it is 0. A box goes where its overlap with a chosen one *exceeds* the
/// limit. Source: ONNX NonMaxSuppression-11.
public struct NonMaxSuppression: Operator {
  public static let identifier = "nonMaxSuppression"
  /// Whether boxes are a centre, column first, with width and height; otherwise two opposite corners, row first.
  public let isCentered: Bool
  public let rows: Dimension

  public init(isCentered: Bool = false, rows: Dimension) {
    self.isCentered = isCentered
    self.rows = rows
  }
  public init(attributes: Attributes) throws(TypeError) {
    isCentered = try attributes.flag("centered", of: NonMaxSuppression.identifier)
    let rows = try attributes.dimensions("rows", of: NonMaxSuppression.identifier)
    guard rows.count == 1 else {
      throw .attribute(
        op: NonMaxSuppression.identifier, name: "rows", expected: "one dimension", found: "\(rows.count)")
    }
    self.rows = rows[0]
  }
  public var attributes: Attributes {
    Attributes(["centered": .integer(isCentered ? 1 : 0), "rows": .dimensions([rows])])
  }

  public func resultTypes(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
    try requireCount(operands, 4...5)
    let (boxes, scores) = (operands[0], operands[1])
    try requireFloat(boxes, "boxes")
    try requireRank(boxes, 3, "boxes")
    try requireExtent(boxes, 2, 4, "boxes")
    try requireRank(scores, 3, "scores")
    let expected = TensorType(boxes.element, [boxes.dimensions[0], scores.dimensions[1], boxes.dimensions[1]])
    try requireType(scores, expected, "scores")
    let most = operands[2]
    guard !most.element.isFloatingPoint, most.element != .bool else {
      throw .elementType(op: identifier, operand: "most", expected: "integers", found: most)
    }
    for (operand, name) in zip(operands[2...], ["most", "overlap", "score"]) {
      guard operand.elementCount == 1 else {
        throw .rank(op: identifier, operand: name, expected: "0, or one element", found: operand)
      }
      if name != "most" { try requireFloat(operand, name) }
    }
    if let rows = rows.constant, rows < 0 {
      throw .attribute(op: identifier, name: "rows", expected: "a number of rows", found: "\(rows)")
    }
    return [TensorType(.int64, [rows, 3])]
  }

  /// A box by its ends and its area.
  struct Box {
    let (left, top, right, bottom): (Float, Float, Float, Float)
    let area: Float

    /// `numbers` are the four of a row of boxes.
    init(_ numbers: [Float], isCentered: Bool) {
      if isCentered {
        let (across, down) = (numbers[2] / 2, numbers[3] / 2)
        (left, right) = (numbers[0] - across, numbers[0] + across)
        (top, bottom) = (numbers[1] - down, numbers[1] + down)
      } else {
        (left, right) = (min(numbers[1], numbers[3]), max(numbers[1], numbers[3]))
        (top, bottom) = (min(numbers[0], numbers[2]), max(numbers[0], numbers[2]))
      }
      area = (right - left) * (bottom - top)
    }

    func overlap(with other: Box) -> Float {
      let across = min(right, other.right) - max(left, other.left)
      let down = min(bottom, other.bottom) - max(top, other.top)
      guard across > 0, down > 0, area > 0, other.area > 0 else { return 0 }
      let both = across * down
      let union = area + other.area - both
      return both > 0 && union > 0 ? both / union : 0
    }
  }

  /// Boxes chosen by falling score. `limits` are the operands behind the scores.
  static func chosen(_ boxes: [Box], _ scores: [Float], _ limits: Limits) -> [Int] {
    let candidates = scores.indices.filter { limits.admits(scores[$0]) }
      .sorted { (scores[$0], $1) > (scores[$1], $0) }
    var chosen: [Int] = []
    for candidate in candidates {
      guard chosen.count < limits.most else { break }
      if !chosen.contains(where: { boxes[candidate].overlap(with: boxes[$0]) > limits.overlap }) {
        chosen.append(candidate)
      }
    }
    return chosen
  }

  struct Limits {
    let most: Int
    let overlap: Float
    let score: Float?

    init(_ operands: [TensorView]) {
      most = operands[2].integer(at: 0)
      overlap = Float(operands[3].number(at: 0))
      score = operands.count == 5 ? Float(operands[4].number(at: 0)) : nil
    }

    func admits(_ score: Float) -> Bool { !score.isNaN && self.score.map { score > $0 } ?? true }
  }

  /// The boxes of an image.
  func boxes(_ operand: TensorView, image: Int) -> [Box] {
    let count = operand.shape[1]
    return (image * count..<(image + 1) * count).map { box in
      Box((0..<4).map { Float(operand.number(at: box * 4 + $0)) }, isCentered: isCentered)
    }
  }

  public func evaluate(_ operands: [TensorView], into results: [MutableTensorView]) {
    let limits = Limits(operands)
    let (classes, count, rows) = (operands[1].shape[1], operands[1].shape[2], results[0].shape[0])
    var row = 0
    for image in 0..<operands[0].shape[0] {
      let boxes = boxes(operands[0], image: image)
      for label in 0..<classes {
        let first = (image * classes + label) * count
        let scores = (first..<first + count).map { Float(operands[1].number(at: $0)) }
        for box in NonMaxSuppression.chosen(boxes, scores, limits) where row < rows {
          for (column, number) in [image, label, box].enumerated() { results[0].store(number, at: row * 3 + column) }
          row += 1
        }
      }
    }
    for position in row * 3..<rows * 3 { results[0].store(-1, at: position) }
  }
}
