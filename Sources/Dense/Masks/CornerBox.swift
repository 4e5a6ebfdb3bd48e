/// A box by its corners, in pixels; the right and the bottom end do not belong to it.
public struct CornerBox: Hashable, Sendable {
  public var left: Double
  public var top: Double
  public var right: Double
  public var bottom: Double

  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// From COCO's form: left, top, width, height.
  public init(coco: [Double]) {
    self.init(left: coco[0], top: coco[1], right: coco[0] + coco[2], bottom: coco[1] + coco[3])
  }

  /// Left, top, width, height.
  public var coco: [Double] { [left, top, right - left, bottom - top] }
  public var area: Double { (right - left) * (bottom - top) }

  /// The area that both cover; 0 where they do not meet.
  public func intersection(_ other: CornerBox) -> Double {
    let width = min(right, other.right) - max(left, other.left)
    let height = min(bottom, other.bottom) - max(top, other.top)
    return width > 0 && height > 0 ? width * height : 0
  }
}
