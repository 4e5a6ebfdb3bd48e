import CImages

extension RGBImage {
  /// The image, or `box` of it, at another size: Pillow's `Image.resize`, byte for byte.
  ///
  /// `box` is in source pixels, fractions allowed, and must lie within the image. Refuses an empty result,
  /// and a result or intermediate image beyond `limits`.
  public func resized(
    to target: ImageSize, filter: ResamplingFilter, box: ImageBox? = nil, limits: ImageLimits = .standard
  ) throws(ImageError) -> RGBImage {
    let refusal = ImageError.resizeRefused(from: size, to: target, limit: limits.pixels)
    guard target.height > 0, target.width > 0, limits.allows(target) else { throw refusal }
    let whole = ImageBox(left: 0, top: 0, right: Double(width), bottom: Double(height))
    let box = box ?? whole
    guard box.isInside(whole) else { throw .boxOutside(box, of: size) }
    if target == size, box == whole { return self }
    if filter == .nearest { return nearest(target, box) }

    let resizeRows = target.width != width || box.left != 0 || box.right != Double(width)
    let resizeColumns = target.height != height || box.top != 0 || box.bottom != Double(height)
    let vertical = ResamplingWeights(
      length: height, interval: box.top...box.bottom, count: target.height, filter: filter)
    // Pillow shrinks or widens the rows first, and only those that the second pass reads.
    let rows = resizeRows ? vertical.range : 0..<height
    var middle = self
    if resizeRows {
      let size = ImageSize(height: rows.count, width: target.width)
      guard limits.allows(size) else { throw refusal }
      let horizontal = ResamplingWeights(
        length: width, interval: box.left...box.right, count: target.width, filter: filter)
      middle = withResult(size) { result in
        ci_resample_rows(
          result, pixels, rows.lowerBound, rows.count, width, target.width,
          horizontal.starts, horizontal.counts, horizontal.weights, horizontal.stride)
      }
    }
    guard resizeColumns else { return middle }
    return withResult(target) { result in
      ci_resample_columns(
        result, middle.pixels, target.width, rows.lowerBound, target.height,
        vertical.starts, vertical.counts, vertical.weights, vertical.stride)
    }
  }

  /// Pillow sums up the step rather than multiplying it, so that rounding errors choose the same pixels.
  /// A result pixel whose place rounds to outside the image is black, as there.
  private func nearest(_ target: ImageSize, _ box: ImageBox) -> RGBImage {
    func places(_ start: Double, _ end: Double, _ count: Int, _ length: Int) -> [Int?] {
      let step = (end - start) / Double(count)
      var place = start + step * 0.5
      return (0..<count).map { _ in
        defer { place += step }
        return place >= 0 && place < Double(length) ? Int(place) : nil
      }
    }
    let columns = places(box.left, box.right, target.width, width)
    let rows = places(box.top, box.bottom, target.height, height)
    var result = [UInt8](repeating: 0, count: 3 * target.width * target.height)
    for (y, row) in rows.enumerated() {
      guard let row else { continue }
      for (x, column) in columns.enumerated() {
        guard let column else { continue }
        let from = 3 * (row * width + column)
        let to = 3 * (y * target.width + x)
        for channel in 0..<3 { result[to + channel] = pixels[from + channel] }
      }
    }
    return RGBImage(size: target, pixels: result)
  }

  /// `fill` must write every byte. The size is positive and within the limits.
  private func withResult(_ size: ImageSize, _ fill: (UnsafeMutablePointer<UInt8>) -> Void) -> RGBImage {
    let count = 3 * size.width * size.height
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { fill(start) }
      initialized = count
    }
    return RGBImage(size: size, pixels: pixels)
  }
}

/// A rectangle in an image; coordinates in pixels from the top left corner.
public struct ImageBox: Hashable, Sendable {
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

  /// False as well for an empty box and for one that holds a NaN.
  func isInside(_ whole: ImageBox) -> Bool {
    left >= whole.left && top >= whole.top && right <= whole.right && bottom <= whole.bottom
      && left < right && top < bottom
  }
}
