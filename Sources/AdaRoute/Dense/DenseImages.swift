import Backbones
import Images

extension DensePreparation {
  /// What a configuration states of its test pipeline: the pipeline's steps, or `img_scale` and `img_norm_cfg`; the
  /// rest as the AdaRoute authors' configurations have it.
  init(_ dense: DenseConfiguration) throws(BackboneError) {
    let isSegmenter = dense.task == .segment
    self.init(
      scale: isSegmenter ? ImageSize(height: 512, width: 2048) : ImageSize(height: 800, width: 1333),
      completion: isSegmenter ? .resizing : .padding)
    let json = dense.json
    if let steps = json["test_pipeline"]?.objects {
      // Without a step that completes them, extents stay.
      divisor = 1
      try read(steps)
    }
    try read(scale: json["img_scale"])
    try read(norm: json["img_norm_cfg"])
    guard isSound else {
      throw .configValue(key: "img_scale and img_norm_cfg", expected: "sizes and finite numbers", found: "others")
    }
  }

  private mutating func read(_ steps: [JSONValue]) throws(BackboneError) {
    for step in steps {
      switch try step.text("type") ?? "" {
      case "MultiScaleFlipAug":
        try read(scale: step["img_scale"])
        try read(step["transforms"]?.objects ?? [])
      case "Normalize": try read(norm: step)
      case "Pad":
        divisor = try step.integer("size_divisor", in: 1...4096) ?? 1
        completion = .padding
      case "ResizeToMultiple":
        divisor = try step.integer("size_divisor", in: 1...4096) ?? 32
        completion = .resizing
      case "Resize":
        guard try step.flag("keep_ratio") != false else {
          throw .configUnsupported(key: "test_pipeline.Resize.keep_ratio", found: "false")
        }
      default: break
      }
    }
  }

  private mutating func read(scale stated: JSONValue?) throws(BackboneError) {
    guard let stated else { return }
    let sides = stated.objects.compactMap { side in
      if case .number(let number) = side { Int(exactly: number) } else { nil }
    }
    guard sides.count == 2, sides.allSatisfy({ 1...65535 ~= $0 }) else {
      throw .configValue(key: "img_scale", expected: "two integers from 1 to 65535", found: "\(stated)")
    }
    scale = ImageSize(height: sides[0], width: sides[1])
  }

  private mutating func read(norm stated: JSONValue?) throws(BackboneError) {
    guard let stated else { return }
    guard try stated.flag("to_rgb") != false else {
      throw .configUnsupported(key: "img_norm_cfg.to_rgb", found: "false")
    }
    func channels(_ key: String) -> SIMD3<Double>? {
      let numbers = (stated[key]?.objects ?? []).compactMap { number in
        if case .number(let value) = number { value } else { nil }
      }
      return numbers.count == 3 ? SIMD3(numbers[0], numbers[1], numbers[2]) : nil
    }
    guard let mean = channels("mean"), let std = channels("std") else {
      throw .configValue(key: "img_norm_cfg", expected: "three means and three deviations", found: "\(stated)")
    }
    (self.mean, self.std) = (mean, std)
  }
}

extension JSONValue {
  /// The elements of an array; empty for other values.
  fileprivate var objects: [JSONValue] { if case .array(let items) = self { items } else { [] } }
}
