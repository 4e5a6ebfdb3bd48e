import Delta
import Foundation
import Kernels
import Tensors
import Testing

/// The orders in which elements are compressed.
@Suite struct LayoutTests {
  @Test func layoutsAreThoseOfTheSchema() {
    // -1.5 and 1 in float32, little-endian: 00 00 C0 BF, 00 00 80 3F.
    let tensor = Tensor([-1.5, 1] as [Float], shape: [2])
    func applied(_ layout: ElementLayout) -> [UInt8] {
      tensor.withBytes { source in
        var target = [UInt8](repeating: 0xEE, count: 8)
        target.withUnsafeMutableBytes { layout.apply(source, into: $0, width: 4) }
        return target
      }
    }
    #expect(applied(.elements) == [0, 0, 0xC0, 0xBF, 0, 0, 0x80, 0x3F])
    #expect(applied(.planes) == [0, 0, 0, 0, 0xC0, 0x80, 0xBF, 0x3F])
    // Rotated left by one bit: 01 00 80 7F, 00 00 00 7F.
    #expect(applied(.rotatedPlanes) == [1, 0, 0, 0, 0x80, 0, 0x7F, 0x7F])
  }

  @Test(arguments: ElementLayout.allCases, [2, 4, 8]) func undoingALayoutGivesTheBytesBack(
    layout: ElementLayout, width: Int
  ) {
    let bytes = content(sample(.uint8, [197 * width], seed: UInt64(width)))
    var laidOut = [UInt8](repeating: 0, count: bytes.count)
    var back = laidOut
    bytes.withUnsafeBytes { source in
      laidOut.withUnsafeMutableBytes { layout.apply(source, into: $0, width: width) }
    }
    laidOut.withUnsafeBytes { source in
      back.withUnsafeMutableBytes { layout.undo(source, into: $0, width: width) }
    }
    #expect(back == bytes)
    #expect((laidOut == bytes) == (layout == .elements))
  }

  /// Normal weights, as those of trained layers nearly are: below what the best lossless codecs of floats reach, which
  /// is the entropy of the exponents and eight or twenty-four bits that nothing predicts.
  @Test(arguments: [(ElementType.float32, 0.835), (.bfloat16, 0.67), (.float16, 0.86)])
  func trainedWeightsTakeTheEntropyOfTheirExponents(type: ElementType, share: Double) throws {
    let tensor = normal(1 << 17).converted(to: type)
    let scratch = try Scratch()
    let manifest = try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: [("w", tensor)])
    let size = manifest.tensors[0].frames.reduce(0) { $0 + $1.compressedSize }
    #expect(Double(size) <= share * Double(tensor.byteCount), "\(Double(size) / Double(tensor.byteCount))")
    #expect(try content(DeltaFile(path: scratch.path).tensor(named: "w")) == content(tensor))
  }

  /// One frame and several, of one block and several, full ones and others; and what is too little for planes.
  @Test(arguments: [ElementType.float32, .bfloat16, .float64], [1, 15, 100, 300, (1 << 17) + 1, 5 << 18])
  func planesOfEverySizeComeBack(type: ElementType, count: Int) throws {
    let tensor = normal(count).converted(to: type)
    let scratch = try Scratch()
    let manifest = try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: [("w", tensor)])
    if count <= 15 || count > 300 { #expect(manifest.tensors[0].planesHaveFrames == (count > 300)) }
    let file = try DeltaFile(path: scratch.path)
    try file.verify()
    #expect(try content(file.tensor(named: "w")) == content(tensor))
  }

  /// What does not compress is joined from where it lies in the file.
  @Test(arguments: [300, (1 << 17) - 1, 1 << 17, (1 << 17) + 1, 1 << 20])
  func noiseIsStoredAsItIs(count: Int) throws {
    let scratch = try Scratch()
    let manifest = try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: [("w", normal(count))])
    let bytes = try scratch.bytes()
    // The first frame's length stands behind its magic number.
    let start = 8 + (0..<4).reduce(0) { $0 | Int(bytes[4 + $1]) << (8 * $1) }
    #expect(manifest.tensors[0].frames.count == 1)
    try bytes.withUnsafeBytes { bytes in
      var rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
      for plane in 0..<4 {
        let frame = try #require(ZstdFrame(startOf: rest))
        #expect((StoredPlane(in: frame, count: count) != nil) == (plane < 3), "plane \(plane)")
        #expect(StoredPlane(in: frame, count: count - 1) == nil)
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(frame.bytes.count))
      }
      #expect(rest.isEmpty)
    }
  }

  /// Noise where a tensor's sample is taken, and numbers of few values elsewhere.
  @Test func whatASampleDoesNotShowIsCompressed() throws {
    let noise = content(normal(1 << 21))
    let tensor = Tensor(type: .float32, shape: [1 << 21]) { bytes in
      bytes.copyBytes(from: noise)
      let second = bytes[1 << 22..<1 << 23]
      // The last piece of the sample is the end.
      for position in second.dropLast(1 << 14).indices { bytes[position] = noise[position] & 3 }
    }
    let scratch = try Scratch()
    let manifest = try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: [("w", tensor)])
    let (first, second) = (manifest.tensors[0].frames[0], manifest.tensors[0].frames[1])
    #expect(second.compressedSize * 2 < first.compressedSize)
    #expect(try content(DeltaFile(path: scratch.path).tensor(named: "w")) == content(tensor))
  }

  private func normal(_ count: Int) -> Tensor {
    var random = Seeded(state: 11)
    func uniform() -> Double { Double.random(in: .ulpOfOne..<1, using: &random) }
    let numbers = (0..<count).map { _ in
      Float(0.02 * (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()))
    }
    return Tensor(numbers, shape: [count])
  }

  /// What repeats is still found: a head whose rows are equal.
  @Test func repeatedContentTakesLittle() throws {
    let row = sample(.bfloat16, [512], seed: 4)
    let tensor = Tensor(type: .bfloat16, shape: [256, 512]) { bytes in
      for index in 0..<256 {
        UnsafeMutableRawBufferPointer(rebasing: bytes[index * 1024..<(index + 1) * 1024]).copyBytes(from: content(row))
      }
    }
    let scratch = try Scratch()
    let manifest = try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: [("w", tensor)])
    #expect(manifest.tensors[0].frames.reduce(0) { $0 + $1.compressedSize } < 8192)
    #expect(try content(DeltaFile(path: scratch.path).tensor(named: "w")) == content(tensor))
  }

  @Test func theNumberOfThreadsChangesNoByte() throws {
    let tensors = (0..<9).map { ("t\($0)", sample(.float32, [100 * $0 + 7], seed: UInt64($0))) }
    let files = try [1, 2, 5].map { threads in
      let scratch = try Scratch()
      try DeltaWriter.write(
        to: scratch.path, manifest: sampleManifest, tensors: tensors, pool: ThreadPool(threads: threads))
      let read = try DeltaFile(path: scratch.path).tensors(pool: ThreadPool(threads: threads))
      for (name, tensor) in tensors { #expect(read[name].map(content) == content(tensor)) }
      return try scratch.bytes()
    }
    #expect(Set(files).count == 1)
  }
}
