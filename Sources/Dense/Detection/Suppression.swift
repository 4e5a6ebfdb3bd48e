/// Of boxes that overlap, the one with the highest score.
///
/// Source: mmcv.ops.nms and batched_nms.
public enum Suppression {
  /// From this many boxes on, groups are gone through one by one instead of being moved apart.
  private static let largestJoint = 10_000

  /// The places of the kept boxes by falling score, of equal ones the earlier first.
  public static func kept(_ boxes: [Box], scores: [Float], overlap: Float) -> [Int] {
    let order = boxes.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    var isGone = [Bool](repeating: false, count: boxes.count)
    var kept: [Int] = []
    for (place, index) in order.enumerated() where !isGone[index] {
      kept.append(index)
      let box = boxes[index]
      for other in order[(place + 1)...] where !isGone[other] {
        if box.overlap(with: boxes[other]) > overlap { isGone[other] = true }
      }
    }
    return kept
  }

  /// As ``kept(_:scores:overlap:)``, where only boxes of one group compete.
  public static func kept(_ boxes: [Box], scores: [Float], groups: [Int], overlap: Float) -> [Int] {
    guard boxes.count < largestJoint else {
      var all: [Int] = []
      for group in Set(groups) {
        let own = boxes.indices.filter { groups[$0] == group }
        all += kept(own.map { boxes[$0] }, scores: own.map { scores[$0] }, overlap: overlap).map { own[$0] }
      }
      return all.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    }
    // Groups are moved apart, so that boxes of two never overlap; the sums round, and overlaps with them.
    let step = (boxes.reduce(-Float.infinity) { max($0, $1.left, $1.top, $1.right, $1.bottom) }) + 1
    let moved = zip(boxes, groups).map { $0.moved(by: Float($1) * step) }
    return kept(moved, scores: scores, overlap: overlap)
  }
}
