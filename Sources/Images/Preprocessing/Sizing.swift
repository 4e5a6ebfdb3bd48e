extension Preprocessing {
  /// The same steps for another size of the result: what is resized before a crop stays in proportion to it.
  ///
  /// Images that would differ in size are made to cover this one, and cropped.
  public func sized(to size: ImageSize) -> Preprocessing {
    var result = self
    guard let crop else {
      switch resize {
      case .none, .exact: result.resize = .exact(size)
      case .shortestEdge, .covering, .fitting:
        result.resize = .covering(size)
        result.crop = CenterCrop(size: size, rounding: .transformers)
      }
      return result
    }
    result.crop?.size = size
    func scaled(_ before: ImageSize) -> ImageSize {
      func side(_ before: Int, _ from: Int, _ to: Int) -> Int {
        min(max(Int((Double(before) * Double(to) / Double(max(from, 1))).rounded()), 1), 65535)
      }
      return ImageSize(
        height: side(before.height, crop.size.height, size.height),
        width: side(before.width, crop.size.width, size.width))
    }
    switch resize {
    case .none: break
    case .exact(let before): result.resize = .exact(scaled(before))
    case .covering(let before): result.resize = .covering(scaled(before))
    case .fitting(let before): result.resize = .fitting(scaled(before))
    case .shortestEdge(let side):
      let target = scaled(ImageSize(height: side, width: side))
      result.resize = target.height == target.width ? .shortestEdge(target.height) : .covering(target)
    }
    return result
  }
}
