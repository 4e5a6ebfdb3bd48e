import AdaRoute
import Backbones
import Dense
import Foundation
import Graph
import Images
import Kernels
import Runtime
import Tensors
import Testing

/// Images of different sizes in one batch, padded to the largest: each gets, bit for bit, what it gets alone.
@Suite struct BatchTests {
  /// Without vectors products are OpenBLAS's, whose sums depend on the number of rows.
  private static func isExact(_ kernels: KernelSet) -> Bool { kernels.name != "scalar" }

  private static let tiers: [SessionSettings] =
    KernelSet.available.filter(isExact).map { SessionSettings(kernels: $0) }
    + Precision.allCases.filter { _ in isExact(.best) }.map { SessionSettings(precision: $0) }

  /// A network that looks at whole images of up to 128x160 pixels, and images of three sizes.
  private func prepared(
    _ name: String, _ computing: SessionSettings = SessionSettings()
  ) throws -> (DenseRunner, [DensePreparation.Prepared]) {
    var runner = try DenseRunner(DenseFixture(name: name).model(), computing: computing)
    runner.windows = nil
    runner.preparation.scale = ImageSize(height: 128, width: 160)
    let paths = ["maskrcnn_convnext/image.png", "preprocess/image1.png", "preprocess/image2.jpg"]
    let images = try paths.map { path in
      try runner.preparation.prepare(RGBImage(path: DenseFixture.root.appending(path: path).path))
    }
    #expect(Set(images.map(\.size)).count == 3)
    return (runner, images)
  }

  @Test(arguments: ["maskrcnn_swin", "maskrcnn_convnext"], tiers.indices)
  func things(_ name: String, _ tier: Int) throws {
    let (runner, images) = try prepared(name, Self.tiers[tier])
    var count = 0
    for (image, maps) in zip(images, try runner.batchedBackbone().maps(of: images)) {
      let (alone, found) = (try runner.detect(image), try runner.detect(image, from: maps))
      #expect(found.proposals.boxes == alone.proposals.boxes && found.proposals.scores == alone.proposals.scores)
      #expect(found.detections.boxes == alone.detections.boxes)
      #expect(found.detections.scores == alone.detections.scores)
      #expect(found.masks == alone.masks)
      count += found.masks.count
    }
    #expect(count > 0)
  }

  @Test(arguments: ["upernet_swin", "upernet_convnext"], tiers.indices)
  func labels(_ name: String, _ tier: Int) throws {
    let (runner, images) = try prepared(name, Self.tiers[tier])
    for (image, maps) in zip(images, try runner.batchedBackbone().maps(of: images)) {
      let (alone, found) = (try runner.segment(image), try runner.segment(image, from: maps))
      #expect(found.labels == alone.labels && Set(found.labels).count > 1)
    }
  }

  @Test(.enabled(if: isExact(.best))) func thingsAndStuff() throws {
    let (runner, images) = try prepared("panoptic_swin")
    for (image, maps) in zip(images, try runner.batchedBackbone().maps(of: images)) {
      let (alone, found) = (try runner.panoptic(image), try runner.panoptic(image, from: maps))
      #expect(found.map.identifiers == alone.map.identifiers)
      #expect(found.things.semantic?.scalars(Float.self) == alone.things.semantic?.scalars())
    }
  }

  /// Also where an image comes twice, and where it is the only one: nothing is padded.
  @Test func imagesOfOneSize() throws {
    let (runner, images) = try prepared("maskrcnn_swin")
    let backbone = try runner.batchedBackbone()
    let alone = try runner.detect(images[0])
    for batch in [[images[0]], [images[0], images[0]]] {
      for maps in try backbone.maps(of: batch) {
        #expect(try runner.detect(images[0], from: maps).detections.scores == alone.detections.scores)
      }
    }
    #expect(try backbone.maps(of: []).isEmpty)
  }

  /// Maps and routing of images of any extents, none of them a multiple of a patch or a window.
  @Test(arguments: ["maskrcnn_swin", "maskrcnn_convnext"], KernelSet.available)
  func anyExtents(_ name: String, _ kernels: KernelSet) throws {
    let graph = try DenseFixture(name: name).model().graph
    let routing = graph.taps.keys.filter { $0.hasPrefix("routing.") }.sorted()
    let outputs = (0..<4).map { "stage\($0)" } + routing
    let backbone = try graph.cut(at: [], outputs: outputs)
    let network = try PaddedNetwork(backbone)
    let (alone, padded) = (Session(backbone, kernels: kernels), Session(network.graph, kernels: kernels))
    let (height, width) = (67, 118)
    let sizes = [(height: 67, width: 61), (height: 35, width: 118), (height: 32, width: 33), (height: 46, width: 89)]
    let images = sizes.enumerated().map { index, size in
      Tensor(
        (0..<3 * size.height * size.width).map { Float(($0 * 7919 + index * 104_729) % 2003) / 500 - 2 },
        shape: [1, 3, size.height, size.width])
    }
    var values = [Float](repeating: 0, count: sizes.count * 3 * height * width)
    for (index, image) in images.enumerated() {
      let own: [Float] = try #require(image.scalars())
      let size = sizes[index]
      for (place, value) in own.enumerated() {
        let (line, column) = (place / size.width, place % size.width)
        let row = (index * 3 + line / size.height) * height + line % size.height
        values[row * width + column] = value
      }
    }
    let batch = Tensor(values, shape: [sizes.count, 3, height, width])
    var inputs = try network.extents(of: sizes).mapValues { Tensor($0, shape: [sizes.count, 2]) }
    inputs["input"] = batch
    let found = try padded.run(inputs)
    // What padding without a mask would make of the images.
    let plain = try alone.run(["input": batch])
    for (index, image) in images.enumerated() {
      let expected = try alone.run(["input": image])
      var unmasked: [String: Float] = [:]
      for name in outputs {
        let stated = try #require(expected[name])
        let numbers: [Float] = try #require(stated.scalars())
        let own = try corner(#require(found[name]), index, stated.shape)
        // Noise of 3e-7 in the weights changes maps by up to 7e-5.
        let worst = zip(own, numbers).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(Self.isExact(kernels) ? own == numbers : worst <= 1e-4, "\(name) of image \(index): \(worst)")
        #expect(network.shape(of: name, height: sizes[index].height, width: sizes[index].width) == stated.shape)
        let other = try corner(#require(plain[name]), index, stated.shape)
        unmasked[name] = zip(other, numbers).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      }
      let routed = routing.map { unmasked[$0] ?? 0 }.max() ?? 0
      #expect(routed > 0.01 && unmasked["stage3"] ?? 0 > 0.01, "\(routed), \(unmasked["stage3"] ?? 0)")
    }
  }

  /// The first elements along each axis, of one image.
  private func corner(_ tensor: Tensor, _ image: Int, _ own: Shape) throws -> [Float] {
    let values: [Float] = try #require(tensor.scalars())
    let (strides, extents) = (tensor.shape.strides, own.strides)
    return (0..<own.elementCount).map { place in
      var (rest, position) = (place, image * strides[0])
      for axis in 1..<own.rank {
        position += rest / extents[axis] * strides[axis]
        rest %= extents[axis]
      }
      return values[position]
    }
  }

  @Test func refusals() throws {
    var runner = try DenseRunner(DenseFixture(name: "upernet_swin").model())
    runner.windows = .init(crop: (64, 64), stride: (32, 32))
    #expect(throws: DenseRunError.windowsInBatches(path: DenseFixture(name: "upernet_swin").path("checkpoint.pth"))) {
      try runner.batchedBackbone()
    }
  }
}
