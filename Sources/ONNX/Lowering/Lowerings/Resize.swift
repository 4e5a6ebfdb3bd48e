import Graph
import Tensors

extension Lowering {
  /// Upsample with its scales as an attribute. https://onnx.ai/onnx/operators/onnx__Upsample.html
  static let upsampleByAttribute = Lowering("Upsample", since: 7, through: 8) { (node) throws(LoweringError) in
    guard let scales = try node.floats("scales") else {
      throw .attribute(node.reference, name: "scales", expected: "numbers", found: "none")
    }
    return [try node.resized(by: scales.map { Double($0) }, node.olderSampling())]
  }

  /// Upsample with its scales as an operand.
  static let upsample = Lowering("Upsample", since: 9, through: 9) { (node) throws(LoweringError) in
    [try node.resized(by: node.numbers(1), node.olderSampling())]
  }

  /// Resize before it could be told how; it samples as Upsample does. https://onnx.ai/onnx/operators/onnx__Resize.html
  static let resizeByScales = Lowering("Resize", since: 10, through: 10) { (node) throws(LoweringError) in
    [try node.resized(by: node.numbers(1), node.olderSampling())]
  }

  /// Resize to extents, which may depend on symbols, or by scales.
  static let resize = Lowering("Resize", since: 11) { (node) throws(LoweringError) in
    let sampling = try node.sampling()
    let rank = node.type(try node.operand(0)).rank
    let stated = try node.ints("axes") ?? Array(0..<rank)
    _ = try node.axes(stated, rank: rank)
    let axes = stated.map { $0 < 0 ? $0 + rank : $0 }
    let region = try node.region(axes, rank: rank, isRead: sampling.coordinates == .cropAndResize)
    let policy = try node.string("keep_aspect_ratio_policy", default: "stretch")
    if let scales = try node.list(2, axes, "scales") {
      var all = [Double](repeating: 1, count: rank)
      for (scale, axis) in zip(scales, axes) { all[axis] = scale }
      return [try node.resized(by: all, region: region, sampling)]
    }
    let extents = try node.knownIntegers(3).elements
    guard extents.count == axes.count else {
      throw .operand(
        node.reference, index: 3, expected: "\(axes.count) extents, one an axis", found: "\(extents.count)")
    }
    return [try node.resized(to: extents, axes, policy: policy, region: region, sampling)]
  }
}

extension NodeReader {
  /// Upsample and the first Resize: elements lie at `y / scale`, the nearest is the one on the left.
  fileprivate func olderSampling() throws(LoweringError) -> Sampling {
    Sampling(try filter(["nearest": .nearest, "linear": .linear]), .asymmetric, rounding: .down)
  }

  private func filter(_ known: [String: Sampling.Filter]) throws(LoweringError) -> Sampling.Filter {
    try choice("mode", default: "nearest", known)
  }

  private func choice<Choice>(
    _ name: String, default value: String, _ known: [String: Choice]
  ) throws(LoweringError) -> Choice {
    let word = try string(name, default: value)
    guard let choice = known[word] else {
      throw .attribute(
        reference, name: name, expected: "one of \(known.keys.sorted().joined(separator: ", "))", found: word)
    }
    return choice
  }

  fileprivate func sampling() throws(LoweringError) -> Sampling {
    Sampling(
      try filter(["nearest": .nearest, "linear": .linear, "cubic": .cubic]),
      try choice(
        "coordinate_transformation_mode", default: "half_pixel",
        [
          "half_pixel": .halfPixel, "half_pixel_symmetric": .halfPixelSymmetric,
          "pytorch_half_pixel": .halfPixelOrFirst, "tf_half_pixel_for_nn": .halfPixelOfNearest,
          "align_corners": .alignCorners, "asymmetric": .asymmetric, "tf_crop_and_resize": .cropAndResize,
        ]),
      rounding: try choice(
        "nearest_mode", default: "round_prefer_floor",
        ["round_prefer_floor": .halfDown, "round_prefer_ceil": .halfUp, "floor": .down, "ceil": .up]),
      antialiases: try int("antialias", default: 0) != 0,
      cubicCoefficient: Double(try float("cubic_coeff_a") ?? -0.75),
      excludesOutside: try int("exclude_outside", default: 0) != 0,
      extrapolation: Double(try float("extrapolation_value") ?? 0))
  }

  /// Numbers that must be known when the file is converted.
  fileprivate func numbers(_ index: Int) throws(LoweringError) -> [Double] {
    let operand = try operand(index)
    guard case .constant(let known) = operand, let tensor = known.small, tensor.type.isFloatingPoint else {
      throw .operand(
        reference, index: index, expected: "numbers that are known at conversion", found: "\(type(operand))")
    }
    return tensor.withView { $0.numbers() }
  }

  /// One number for each of these axes; nil where the operand is left out or empty.
  fileprivate func list(_ index: Int, _ axes: [Int], _ what: String) throws(LoweringError) -> [Double]? {
    guard optional(index) != nil else { return nil }
    let numbers = try numbers(index)
    if numbers.isEmpty { return nil }
    guard numbers.count == axes.count else {
      throw .operand(
        reference, index: index, expected: "\(axes.count) \(what), one an axis", found: "\(numbers.count)")
    }
    return numbers
  }

  /// Every axis' start and end, where the coordinates ask for them.
  fileprivate func region(_ axes: [Int], rank: Int, isRead: Bool) throws(LoweringError) -> [Double] {
    guard isRead else {
      _ = optional(1)
      return []
    }
    let numbers = try numbers(1)
    guard numbers.count == 2 * axes.count else {
      throw .operand(
        reference, index: 1, expected: "\(axes.count) starts and as many ends", found: "\(numbers.count) numbers")
    }
    var region = [Double](repeating: 0, count: rank) + [Double](repeating: 1, count: rank)
    for (place, axis) in axes.enumerated() {
      region[axis] = numbers[place]
      region[rank + axis] = numbers[axes.count + place]
    }
    return region
  }

  /// By one scale an axis; extents are rounded down.
  fileprivate func resized(
    by scales: [Double], region: [Double] = [], _ sampling: Sampling
  ) throws(LoweringError) -> Imported {
    let x = try operand(0)
    let dimensions = type(x).dimensions
    let bounds = 1 / Resize.largestScale...Resize.largestScale
    guard scales.count == dimensions.count, scales.allSatisfy(bounds.contains) else {
      throw .operand(
        reference, index: 1, expected: "\(dimensions.count) scales from 1/4096 to 4096", found: "\(scales)")
    }
    return try resized(x, to: zip(dimensions, scales).map { $0.scaled(by: $1) }, scales, region: region, sampling)
  }

  /// To one extent for each of these axes, or as close to them as the policy keeps the image's proportions.
  fileprivate func resized(
    to extents: [Dimension], _ axes: [Int], policy: String, region: [Double], _ sampling: Sampling
  ) throws(LoweringError) -> Imported {
    let x = try operand(0)
    var sizes = type(x).dimensions
    let own = sizes
    for (extent, axis) in zip(extents, axes) { sizes[axis] = extent }
    if policy == "stretch" { return try resized(x, to: sizes, [], region: region, sampling) }
    guard policy == "not_larger" || policy == "not_smaller" else {
      throw .attribute(
        reference, name: "keep_aspect_ratio_policy", expected: "one of not_larger, not_smaller, stretch", found: policy)
    }
    var scales: [Double] = []
    for axis in axes {
      guard let from = own[axis].constant, from > 0, let to = sizes[axis].constant else {
        throw undecided("the scale of \(own[axis]) to \(sizes[axis])")
      }
      scales.append(Double(to) / Double(from))
    }
    let scale = (policy == "not_larger" ? scales.min() : scales.max()) ?? 1
    var all = [Double](repeating: 1, count: own.count)
    for axis in axes {
      all[axis] = scale
      let extent = (Double(own[axis].constant ?? 0) * scale + 0.5).rounded(.down)
      sizes[axis] = Dimension(Int(exactly: extent) ?? .max)
    }
    return try resized(x, to: sizes, all, region: region, sampling)
  }

  private func resized(
    _ x: Imported, to sizes: [Dimension], _ scales: [Double], region: [Double], _ sampling: Sampling
  ) throws(LoweringError) -> Imported {
    if sizes == type(x).dimensions, scales.allSatisfy({ $0 == 1 }), region.isEmpty { return x }
    try importer.check(sizes, reference)
    return try apply(Resize(sizes: sizes, scales: scales, region: region, sampling: sampling), x)
  }
}

extension Dimension {
  /// ⌊self · scale⌋, exactly: a floating-point number is a whole number over a power of two.
  func scaled(by scale: Double) -> Dimension {
    var (numerator, denominator) = (scale, 1)
    while numerator != numerator.rounded(), denominator < 1 << 40 {
      (numerator, denominator) = (numerator * 2, denominator * 2)
    }
    return (self * Dimension(Int(numerator.rounded(.down)))).floorDivided(by: denominator)
  }
}
