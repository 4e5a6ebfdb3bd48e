import Backbones
public import Dense
import Graph
import Images
import Runtime
public import Tensors

/// What a detector found in one image, with what it was found from.
public struct FoundThings: Sendable {
  public let proposals: Proposals
  public let detections: Detections
  /// In the original image, as many as detections.
  public let masks: [RunLengthMask]
  /// Regions that were looked at for the masks, and the network's answer [things, classes, side, side].
  public let maskLogits: Tensor?
  /// Stuff, before it is resized: [1, classes of stuff + 1, h, w]; nil where the network has no such part.
  public let semantic: Tensor?
}

/// A detector in three parts: maps of the whole image, then the chosen regions' boxes, then the found boxes' masks.
struct ThingFinder: Sendable {
  let settings: DetectionSettings
  let maps: Session
  /// Makes the same of the backbone's maps as `maps` of an image.
  private let behind: Session
  private let boxes: Session
  private let masks: Session
  private let pyramid: [String]
  private let levels: Int

  init(_ graph: Graph, _ settings: DetectionSettings, computing: SessionSettings) throws {
    self.settings = settings
    pyramid = settings.strides.indices.map { "fpn.\($0)" }
    levels = settings.anchors.strides.count
    let proposing = (0..<levels).flatMap { ["rpn.scores.\($0)", "rpn.deltas.\($0)"] }
    let stuff = settings.fusion == nil ? [] : ["semantic.logits"]
    maps = Session(try graph.cut(at: [], outputs: pyramid + proposing + stuff), settings: computing)
    behind = Session(
      try graph.cut(at: BatchedBackbone.maps, outputs: pyramid + proposing + stuff, keepingExtents: true),
      sharing: maps)
    boxes = Session(try graph.cut(at: pyramid, outputs: ["box.scores", "box.deltas"]), sharing: maps)
    masks = Session(try graph.cut(at: pyramid, outputs: ["mask.logits"]), sharing: maps)
  }

  /// `backbone` is what the backbone has made of the image; it is asked where that is nil.
  func find(_ image: DensePreparation.Prepared, _ backbone: BackboneMaps?) throws -> FoundThings {
    let input = ["input": Tensor(image.values, shape: Shape([1, 3, image.size.height, image.size.width]))]
    let results = try backbone.map { try behind.run($0.tensors.merging(input) { $1 }) } ?? maps.run(input)
    let features = results.filter { pyramid.contains($0.key) }
    let proposals = proposals(results, image)
    let detections = try detections(proposals, features, image)
    let (logits, masks) = try masks(detections, features, image)
    return FoundThings(
      proposals: proposals, detections: detections, masks: masks, maskLogits: logits,
      semantic: results["semantic.logits"])
  }

  private func proposals(_ results: [String: Tensor], _ image: DensePreparation.Prepared) -> Proposals {
    let said = (0..<levels).compactMap { level -> Proposals.Map? in
      guard let scores = results["rpn.scores.\(level)"], let deltas = results["rpn.deltas.\(level)"] else { return nil }
      return Proposals.Map(
        height: scores.shape[2], width: scores.shape[3], scores: scores.scalars() ?? [], deltas: deltas.scalars() ?? [])
    }
    let anchors = settings.anchors.strides.map {
      AnchorGrid(stride: $0, scales: settings.anchors.scales, ratios: settings.anchors.ratios)
    }
    let (coder, limits) = (settings.proposalCoder, settings.proposals)
    return Proposals(
      said, anchors, BoxCoder(means: coder.means, deviations: coder.deviations),
      Proposals.Settings(
        perMap: limits.perMap, count: limits.count, overlap: Float(limits.overlap), leastSide: Float(limits.leastSide)),
      height: image.content.height, width: image.content.width)
  }

  private func detections(
    _ proposals: Proposals, _ features: [String: Tensor], _ image: DensePreparation.Prepared
  ) throws -> Detections {
    let things = settings.things
    let limits = Detections.Settings(
      score: Float(things.score), overlap: Float(things.overlap), count: things.count,
      isClassAgnostic: things.isClassAgnostic)
    var (logits, deltas): ([Float], [Float]) = ([], [])
    if !proposals.boxes.isEmpty {
      let results = try boxes.run(features.merging(regions(proposals.boxes, "box")) { own, _ in own })
      (logits, deltas) = (results["box.scores"]?.scalars() ?? [], results["box.deltas"]?.scalars() ?? [])
    }
    return Detections(
      logits: logits, deltas: deltas, regions: proposals.boxes, classes: settings.classes,
      coder: BoxCoder(means: settings.boxCoder.means, deviations: settings.boxCoder.deviations), limits,
      height: image.content.height, width: image.content.width, factors: image.factors)
  }

  /// Things a pass: masks of all classes are held for these at once.
  private static let thingsAtOnce = 100

  private func masks(
    _ detections: Detections, _ features: [String: Tensor], _ image: DensePreparation.Prepared
  ) throws -> (Tensor?, [RunLengthMask]) {
    var logits: [Tensor] = []
    var masks: [RunLengthMask] = []
    for first in stride(from: 0, to: detections.boxes.count, by: Self.thingsAtOnce) {
      let range = first..<min(first + Self.thingsAtOnce, detections.boxes.count)
      // Found boxes are of the original image: back to the input's pixels, and for pasting back again.
      let boxes = detections.boxes[range].map { $0.scaled(by: image.factors) }
      let results = try self.masks.run(features.merging(regions(boxes, "mask")) { own, _ in own })
      guard let tensor = results["mask.logits"], let numbers: [Float] = tensor.scalars() else { continue }
      let (side, each) = (tensor.shape[3], tensor.shape.count(1..<4))
      for (place, box) in boxes.enumerated() {
        let start = place * each + detections.labels[first + place] * side * side
        masks.append(
          RunLengthMask(
            height: image.original.height, width: image.original.width, logits: numbers[start..<start + side * side],
            side: side, box: box.divided(by: image.factors), threshold: Float(settings.things.maskThreshold)))
      }
      logits.append(tensor)
    }
    return (logits.isEmpty ? nil : Tensor(stacking: logits), masks)
  }

  /// Each region on the map that suits its size.
  private func regions(_ boxes: [Box], _ name: String) -> [String: Tensor] {
    var inputs: [String: Tensor] = [:]
    inputs[name + ".regions"] = Tensor(
      boxes.flatMap { [$0.left, $0.top, $0.right, $0.bottom] }, shape: [boxes.count, 4])
    let own = boxes.map { $0.level(of: settings.strides.count) }
    for level in settings.strides.indices {
      inputs["\(name).images.\(level)"] = Tensor(own.map { $0 == level ? 0 : -1 } as [Int64], shape: [boxes.count])
    }
    return inputs
  }
}
