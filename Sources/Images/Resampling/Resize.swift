import CImages

extension RGBImage {
  /// The image, or `box` of it, at another size: Pillow 13's `Image.resize`, byte for byte.
  ///
  /// `box` is in source pixels, fractions allowed, and must lie within the image; Pillow, and so this, keeps
  /// it in single precision. Refuses an empty result and one beyond `limits`.
  public func resized(
    to target: ImageSize, filter: ResamplingFilter, box: ImageBox? = nil, limits: ImageLimits = .standard
  ) throws(ImageError) -> RGBImage {
    guard target.height > 0, target.width > 0, limits.allows(target) else {
      throw .resizeRefused(from: size, to: target, limit: limits.pixels)
    }
    let whole = ImageBox(left: 0, top: 0, right: Double(width), bottom: Double(height))
    if let box, !box.inSinglePrecision.isInside(whole) { throw .boxOutside(box, of: size) }
    let box = box?.inSinglePrecision ?? whole
    if target == size, box == whole { return self }
    if filter == .nearest { return nearest(target, box) }

    let changesWidth = target.width != width || box.left != 0 || box.right != Double(width)
    let changesHeight = target.height != height || box.top != 0 || box.bottom != Double(height)
    // Each pass rounds to bytes, so their order shows. Pillow starts with the rows' width, unless the height
    // shrinks by more than twice as many pixels. So no image in between is larger than both source and
    // result.
    let shrinkage = height - target.height
    let startsWithWidth = !(shrinkage > 0 && shrinkage > 2 * (width - target.width))

    lazy var columns = ResamplingWeights(
      length: width, interval: box.left...box.right, count: target.width, filter: filter)
    lazy var rows = ResamplingWeights(
      length: height, interval: box.top...box.bottom, count: target.height, filter: filter)
    if startsWithWidth {
      if !changesWidth { return resampledRows(rows, from: 0) }
      let used = rows.range
      let narrowed = resampledColumns(columns, in: used)
      return changesHeight ? narrowed.resampledRows(rows, from: used.lowerBound) : narrowed
    }
    let lowered = resampledRows(rows, from: 0)
    return changesWidth ? lowered.resampledColumns(columns, in: 0..<target.height) : lowered
  }

  /// These rows, at another width.
  private func resampledColumns(_ weights: ResamplingWeights, in rows: Range<Int>) -> RGBImage {
    withResult(ImageSize(height: rows.count, width: weights.starts.count)) { result in
      ci_resample_rows(
        result, pixels, rows.lowerBound, rows.count, width, weights.starts.count,
        weights.starts, weights.counts, weights.weights, weights.stride)
    }
  }

  /// The whole image at another height. `first` is the row of the weights' source that is this image's first.
  private func resampledRows(_ weights: ResamplingWeights, from first: Int) -> RGBImage {
    withResult(ImageSize(height: weights.starts.count, width: width)) { result in
      ci_resample_columns(
        result, pixels, width, first, weights.starts.count,
        weights.starts, weights.counts, weights.weights, weights.stride)
    }
  }

  /// Pillow sums up the step rather than multiplying it, so that rounding errors choose the same pixels.
  /// A result pixel whose place rounds to outside the image is black, as there.
  private func nearest(_ target: ImageSize, _ box: ImageBox) -> RGBImage {
    func places(_ interval: ClosedRange<Double>, _ count: Int, _ length: Int) -> [Int?] {
      let step = interval.length / Double(count)
      var place = interval.lowerBound + step * 0.5
      return (0..<count).map { _ in
        defer { place += step }
        return place >= 0 && place < Double(length) ? Int(place) : nil
      }
    }
    let columns = places(box.left...box.right, target.width, width)
    let rows = places(box.top...box.bottom, target.height, height)
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

  var inSinglePrecision: ImageBox {
    ImageBox(
      left: Double(Float(left)), top: Double(Float(top)), right: Double(Float(right)),
      bottom: Double(Float(bottom)))
  }

  /// False as well for an empty box and for one that holds a NaN.
  func isInside(_ whole: ImageBox) -> Bool {
    left >= whole.left && top >= whole.top && right <= whole.right && bottom <= whole.bottom
      && left < right && top < bottom
  }
}
