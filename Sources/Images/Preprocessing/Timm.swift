extension Preprocessing {
  /// What timm's config.json states under `pretrained_cfg` (or, as older files do, at its top).
  ///
  /// The evaluation transform that `timm.data.create_transform(**resolve_data_config(pretrained_cfg=…))`
  /// makes. Keys that are absent have timm's defaults, except `input_size`, which is required.
  /// `size` takes the place of the size that the file states.
  public init(timm bytes: UnsafeRawBufferPointer, path: String? = nil, size: ImageSize? = nil) throws(ImageError) {
    let root = try Configuration(bytes, path: path)
    let configuration: Configuration
    if let nested = try root.object("pretrained_cfg") {
      configuration = nested
    } else if root.value("input_size") != nil {
      configuration = root
    } else {
      throw root.missing("pretrained_cfg")
    }

    guard let shape = try configuration.numbers("input_size", count: 3) else {
      throw configuration.missing("input_size")
    }
    let extents = shape.compactMap { Int(exactly: $0) }
    guard extents.count == 3 else {
      throw configuration.wrongType("input_size", "an array of 3 whole numbers")
    }
    guard extents[0] == 3 else {
      throw configuration.unsupported("input_size", "\(extents[0]) channels", "3 channels")
    }
    let stated = ImageSize(
      height: try configuration.checkedSide(extents[1], "input_size"),
      width: try configuration.checkedSide(extents[2], "input_size"))
    let input = size ?? stated

    let filterName = try configuration.string("interpolation") ?? ResamplingFilter.bicubic.rawValue
    guard let interpolation = ResamplingFilter(rawValue: filterName) else {
      let names = ResamplingFilter.allCases.map(\.rawValue).sorted().joined(separator: ", ")
      throw configuration.unsupported("interpolation", "\"\(filterName)\"", "one of \(names)")
    }
    let mean = try configuration.channels("mean") ?? .imageNetMean
    let std = try configuration.std("std") ?? .imageNetStd

    let fraction = try configuration.number("crop_pct") ?? 0.875
    func enlarged(_ side: Int) throws(ImageError) -> Int {
      guard fraction > 0, let side = Int(exactly: (Double(side) / fraction).rounded(.down)) else {
        throw configuration.unsupported("crop_pct", "\(fraction)", "a fraction above 0")
      }
      return try configuration.checkedSide(side, "crop_pct")
    }
    let scaled = ImageSize(height: try enlarged(input.height), width: try enlarged(input.width))

    var crop = CenterCrop(size: input, rounding: .torchvision)
    let resize: Resize
    switch try configuration.string("crop_mode") ?? "center" {
    case "center":
      resize = scaled.height == scaled.width ? .shortestEdge(scaled.height) : .covering(scaled)
    case "squash":
      resize = .exact(scaled)
    case "border":
      resize = .fitting(scaled)
      for channel in 0..<3 {
        crop.fill[channel] = UInt8(min(max((255 * mean[channel]).rounded(.toNearestOrEven), 0), 255))
      }
    case let mode:
      throw configuration.unsupported("crop_mode", "\"\(mode)\"", "one of border, center, squash")
    }
    self.init(
      resize: resize, interpolation: interpolation, crop: crop, rescaleFactor: 1 / 255, mean: mean, std: std)
  }
}

extension SIMD3<Double> {
  static var imageNetMean: SIMD3<Double> { SIMD3(0.485, 0.456, 0.406) }
  static var imageNetStd: SIMD3<Double> { SIMD3(0.229, 0.224, 0.225) }
}

extension Configuration {
  /// Positive numbers for red, green and blue, none zero in single precision.
  func std(_ key: String) throws(ImageError) -> SIMD3<Double>? {
    guard let std = try channels(key) else { return nil }
    for channel in 0..<3 where !(Float(std[channel]) > 0) {
      throw unsupported(key, "\(std[channel])", "numbers above 0")
    }
    return std
  }
}
