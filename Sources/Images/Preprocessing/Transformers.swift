extension Preprocessing {
  /// What transformers' preprocessor_config.json states, computed as its Pillow image processors compute it.
  ///
  /// Keys that are absent have the defaults of the processor named by `image_processor_type` (or
  /// `feature_extractor_type`); where neither is present, those of `ViTImageProcessor`.
  public init(transformers bytes: UnsafeRawBufferPointer, path: String? = nil) throws(ImageError) {
    let root = try Configuration(bytes, path: path)
    let family = try ProcessorFamily(root)
    if try root.boolean("do_pad") ?? false { throw root.unsupported("do_pad", "true", "false") }

    let code = try root.integer("resample") ?? family.interpolation.pillowCode
    guard let interpolation = ResamplingFilter(pillowCode: code) else {
      throw root.unsupported("resample", "\(code)", "a Pillow filter from 0 to 5")
    }

    var resize = Resize.none
    var crop: CenterCrop?
    if try root.boolean("do_resize") ?? true {
      resize = try root.resize(family)
      // ConvNeXT states the size after its own crop; from 384 on it stretches the image instead.
      if family == .convNext, case .shortestEdge(let side) = resize {
        let size = ImageSize(height: side, width: side)
        if side < 384 {
          resize = .shortestEdge(try root.enlarged(side))
          crop = CenterCrop(size: size, rounding: .transformers)
        } else {
          resize = .exact(size)
        }
      }
    }
    if try root.boolean("do_center_crop") ?? family.crops {
      let size = try root.cropSize()
      if let inner = crop, inner.size != size {
        throw root.unsupported(
          "crop_size", "\(size.height) x \(size.width)",
          "\(inner.size.height) x \(inner.size.width), as size")
      }
      crop = CenterCrop(size: size, rounding: .transformers)
    }

    var rescaleFactor = 1.0
    if try root.boolean("do_rescale") ?? true {
      rescaleFactor = try root.number("rescale_factor") ?? 1 / 255
      guard Float(rescaleFactor * 255).isFinite else {
        throw root.unsupported("rescale_factor", "\(rescaleFactor)", "a smaller number")
      }
    }
    var mean = SIMD3<Double>.zero
    var std = SIMD3<Double>.one
    if try root.boolean("do_normalize") ?? true {
      mean = try root.channels("image_mean") ?? family.mean
      std = try root.std("image_std") ?? family.std
    }
    self.init(
      resize: resize, interpolation: interpolation, crop: crop, rescaleFactor: rescaleFactor,
      mean: mean, std: std)
  }
}

/// The image processors whose steps are resize, centre crop, rescale and normalise, and their defaults.
private enum ProcessorFamily: String, CaseIterable {
  case beit = "Beit"
  case bit = "Bit"
  case clip = "CLIP"
  case convNext = "ConvNext"
  case deit = "DeiT"
  case siglip = "Siglip"
  case vit = "ViT"

  init(_ root: Configuration) throws(ImageError) {
    let key = root.value("image_processor_type") == nil ? "feature_extractor_type" : "image_processor_type"
    guard let name = try root.string(key) else {
      self = .vit
      return
    }
    var stem = Substring(name)
    for suffix in ["Fast", "Pil", "ImageProcessor", "FeatureExtractor"] where stem.hasSuffix(suffix) {
      stem.removeLast(suffix.count)
    }
    guard let family = ProcessorFamily(rawValue: String(stem)) else {
      let names = Self.allCases.map { $0.rawValue + "ImageProcessor" }.sorted().joined(separator: ", ")
      throw root.unsupported(key, "\"\(name)\"", "one of \(names)")
    }
    self = family
  }

  var interpolation: ResamplingFilter { self == .vit ? .bilinear : .bicubic }
  var crops: Bool { self == .bit || self == .clip || self == .deit }
  /// How a `size` that is one number is meant.
  var sizeIsShortestEdge: Bool { self == .bit || self == .clip || self == .convNext || self == .siglip }

  var resize: Preprocessing.Resize {
    switch self {
    case .beit, .siglip, .vit: .exact(ImageSize(height: 224, width: 224))
    case .bit, .clip: .shortestEdge(224)
    case .convNext: .shortestEdge(384)
    case .deit: .exact(ImageSize(height: 256, width: 256))
    }
  }

  /// The mean and standard deviation of `bit` and `clip` are those that CLIP was trained with.
  var mean: SIMD3<Double> {
    switch self {
    case .bit, .clip: SIMD3(0.48145466, 0.4578275, 0.40821073)
    case .beit, .convNext, .deit, .siglip, .vit: SIMD3(repeating: 0.5)
    }
  }

  var std: SIMD3<Double> {
    switch self {
    case .bit, .clip: SIMD3(0.26862954, 0.26130258, 0.27577711)
    case .beit, .convNext, .deit, .siglip, .vit: SIMD3(repeating: 0.5)
    }
  }
}

extension Configuration {
  fileprivate func resize(_ family: ProcessorFamily) throws(ImageError) -> Preprocessing.Resize {
    let expected = "a whole number, {\"height\", \"width\"} or {\"shortest_edge\"}"
    var resize = family.resize
    switch value("size") {
    case nil:
      break
    case .number:
      let side = try side("size") ?? 0
      resize =
        family.sizeIsShortestEdge
        ? .shortestEdge(side) : .exact(ImageSize(height: side, width: side))
    case .object:
      guard let size = try object("size") else { throw missing("size") }
      for key in ["longest_edge", "max_height", "max_width", "min_pixels", "max_pixels"]
      where size.value(key) != nil {
        throw unsupported("size", key, expected)
      }
      if let side = try size.side("shortest_edge") {
        guard size.value("height") == nil, size.value("width") == nil else {
          throw unsupported("size", "shortest_edge beside height or width", expected)
        }
        resize = .shortestEdge(side)
      } else {
        resize = .exact(try size.heightAndWidth())
      }
    default:
      throw wrongType("size", expected)
    }
    if family == .convNext, case .exact = resize {
      throw unsupported("size", "height and width", "{\"shortest_edge\"} for ConvNextImageProcessor")
    }
    return resize
  }

  /// `crop_size`, by default 224 x 224.
  fileprivate func cropSize() throws(ImageError) -> ImageSize {
    switch value("crop_size") {
    case nil:
      return ImageSize(height: 224, width: 224)
    case .number:
      let side = try side("crop_size") ?? 0
      return ImageSize(height: side, width: side)
    case .object:
      guard let size = try object("crop_size") else { throw missing("crop_size") }
      return try size.heightAndWidth()
    default:
      throw wrongType("crop_size", "a whole number or {\"height\", \"width\"}")
    }
  }

  private func heightAndWidth() throws(ImageError) -> ImageSize {
    guard let height = try side("height") else { throw missing("height") }
    guard let width = try side("width") else { throw missing("width") }
    return ImageSize(height: height, width: width)
  }

  /// The side before a crop that leaves the fraction `crop_pct` of it.
  fileprivate func enlarged(_ side: Int) throws(ImageError) -> Int {
    let fraction = try number("crop_pct") ?? 0.875
    guard fraction > 0, let side = Int(exactly: (Double(side) / fraction).rounded(.down)) else {
      throw unsupported("crop_pct", "\(fraction)", "a fraction above 0")
    }
    return try checkedSide(side, "crop_pct")
  }
}
