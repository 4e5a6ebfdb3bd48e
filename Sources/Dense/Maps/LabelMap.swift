/// A class for every pixel of an image.
public struct LabelMap: Hashable, Sendable {
  public let height: Int
  public let width: Int
  /// Row-major.
  public let labels: [UInt16]

  /// Precondition: `labels` are height · width.
  public init(height: Int, width: Int, labels: [UInt16]) {
    precondition(labels.count == height * width, "a label map has as many labels as its extents say")
    self.height = height
    self.width = width
    self.labels = labels
  }
}
