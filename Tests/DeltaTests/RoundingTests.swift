import Delta
import Tensors
import Testing

/// Deltas that hold fewer digits than their tensors have.
@Suite struct RoundingTests {
  private func numbers(_ shape: Shape, seed: UInt64 = 5) -> Tensor {
    var random = Seeded(state: seed)
    return Tensor((0..<shape.elementCount).map { _ in Float.random(in: -2...2, using: &random) }, shape: shape)
  }

  /// Half a step of each run is the largest error that rounding to the nearest can make.
  @Test(arguments: [([6, 48], 48), ([4, 8, 1, 3, 3], 72), ([3, 5, 2], 30), ([2, 40, 3], 120)])
  func integersAreWithinHalfAStep(extents: [Int], run: Int) throws {
    let shape = Shape(extents)
    let tensor = numbers(shape)
    let rounded = RoundedTensor(tensor, as: .int8)
    #expect(rounded.stored.type == .int8)
    #expect(rounded.scales.count == shape.elementCount / run)
    let before: [Float] = try #require(tensor.scalars())
    let after: [Float] = try #require(rounded.restored.scalars())
    var largest = 0.0
    for (index, scale) in rounded.scales.enumerated() {
      let row = before[index * run..<(index + 1) * run]
      #expect(scale == row.map(abs).max()! / 127)
      for place in row.indices {
        let error = abs(Double(before[place]) - Double(after[place]))
        // The product's own rounding comes on top.
        #expect(error <= Double(scale) * 0.5 + 1e-6)
        largest = max(largest, error)
      }
    }
    #expect(rounded.largestError == largest)
    #expect(largest > 0)
  }

  @Test func whatRoundingWouldSpoilIsKept() throws {
    for tensor in [
      numbers([64]), Tensor([Float](repeating: .infinity, count: 64), shape: [2, 32]),
      Tensor([Int32](1...64), shape: [2, 32]),
      Tensor([Float](repeating: 1e-44, count: 64), shape: [2, 32]), Tensor([Float](), shape: [0, 32]),
    ] {
      let rounded = RoundedTensor(tensor, as: .int8)
      #expect(rounded.stored.type == tensor.type)
      #expect(rounded.scales.isEmpty && rounded.largestError == nil)
    }
    let zeros = RoundedTensor(Tensor([Float](repeating: 0, count: 64), shape: [2, 32]), as: .int8)
    #expect(zeros.scales == [0, 0])
    #expect(zeros.restored.scalars() == [Float](repeating: 0, count: 64))
  }

  @Test(arguments: [(ElementType.int8, 3), (.bfloat16, 4), (.float16, 4), (.float32, 4)])
  func aFileGivesTheRoundedNumbersBack(type: ElementType, version: Int) throws {
    let scratch = try Scratch()
    let tensors = [("a", numbers([40, 64])), ("b", numbers([64], seed: 6))]
    let manifest = try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: tensors, type: type)
    #expect(manifest.formatVersion == version)
    let file = try DeltaFile(path: scratch.path)
    #expect(file.manifest == manifest)
    try file.verify()
    for (stored, (name, tensor)) in zip(file.manifest.tensors, tensors) {
      let rounded = RoundedTensor(tensor, as: type)
      #expect(stored.largestError == rounded.largestError)
      #expect(stored.originalType == .float32)
      #expect(try content(file.tensor(named: name)) == content(rounded.restored))
      #expect(try content(#require(file.tensors()[name])) == content(rounded.restored))
    }
    if type == .int8 {
      let size = manifest.tensors[0].frames.reduce(0) { $0 + $1.compressedSize }
      #expect(size <= 40 * 64 + 64)
    }
  }

  /// Readers of earlier versions read what needs nothing that is new.
  @Test func aFileStatesTheEarliestVersionThatWillDo() throws {
    let scratch = try Scratch()
    for (tensor, version) in [(sample(.uint8, [64], seed: 1), 2), (numbers([40, 64]), 3)] {
      let manifest = try DeltaWriter.write(
        to: scratch.path, manifest: sampleManifest, tensors: [("a", tensor)], type: .int8)
      #expect(manifest.formatVersion == version)
      #expect(try DeltaFile(path: scratch.path).manifest == manifest)
    }
  }
}
