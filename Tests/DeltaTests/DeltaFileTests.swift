import CZstd
import Delta
import Foundation
import Tensors
import Testing

@Suite struct DeltaFileTests {
  @Test(arguments: ElementType.allCases) func roundTrip(type: ElementType) throws {
    let scratch = try Scratch()
    let shapes: [Shape] = [[], [0], [3, 0, 5], [1], [15], [7, 197]]
    let tensors = shapes.enumerated().map { ("t\($0.offset)", sample(type, $0.element, seed: UInt64($0.offset))) }
    try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: tensors)
    let file = try DeltaFile(path: scratch.path)
    try file.verify()
    #expect(file.manifest.tensors.map(\.name) == tensors.map(\.0))
    for (name, tensor) in tensors {
      let read = try file.tensor(named: name)
      #expect(read.type == type && read.shape == tensor.shape && content(read) == content(tensor))
    }
    #expect(file.manifest.method == "adaroute" && file.manifest.labels == ["cat", "dög"])
    #expect(file.manifest.baseTensors == sampleManifest.baseTensors)
    #expect(file.manifest.baseDigest == sampleManifest.baseDigest)
  }

  @Test func bigTensorsSpanFrames() throws {
    let scratch = try Scratch()
    let tensor = sample(.float32, [(4 << 20) / 4 + 197], seed: 3)
    try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: [("w", tensor)], level: 1)
    let file = try DeltaFile(path: scratch.path)
    #expect(file.manifest.tensors[0].frames.map(\.size) == [4 << 20, 197 * 4])
    #expect(try content(file.tensor(named: "w")) == content(tensor))
  }

  @Test(arguments: [ElementType.float16, .bfloat16, .float32]) func storesFloatsNarrower(type: ElementType) throws {
    let scratch = try Scratch()
    let tensor = Tensor((0..<197).map { Float($0) / 7 }, shape: [197])
    let indices = Tensor([1, 2, 3] as [Int64], shape: [3])
    try DeltaWriter.write(
      to: scratch.path, manifest: sampleManifest, tensors: [("w", tensor), ("i", indices)], type: type, level: 19)
    let file = try DeltaFile(path: scratch.path)
    let narrow = tensor.converted(to: type)
    #expect(try file.storedTensor(named: "w").type == type)
    #expect(try content(file.storedTensor(named: "w")) == content(narrow))
    #expect(try content(file.tensor(named: "w")) == content(narrow.converted(to: .float32)))
    #expect(try file.tensor(named: "i").scalars(Int64.self) == [1, 2, 3])
  }

  @Test func sameInputSameBytes() throws {
    let first = try Scratch()
    let second = try Scratch()
    let tensors = [("b", sample(.float32, [15], seed: 1)), ("a", sample(.int8, [197], seed: 2))]
    try DeltaWriter.write(to: first.path, manifest: sampleManifest, tensors: tensors)
    try DeltaWriter.write(to: second.path, manifest: sampleManifest, tensors: tensors.reversed())
    #expect(try first.bytes() == second.bytes())
  }

  /// Any zstd decoder accepts the file: the streaming decoder skips the manifest and yields every tensor.
  @Test func standardZstd() throws {
    let scratch = try Scratch()
    let bytes = sample(.uint8, [197], seed: 5)
    let empty = sample(.uint8, [0], seed: 5)
    let floats = sample(.float32, [300], seed: 6)
    let manifest = try DeltaWriter.write(
      to: scratch.path, manifest: sampleManifest, tensors: [("a", bytes), ("e", empty), ("f", floats)])
    #expect(manifest.tensors[2].planesHaveFrames)
    var planes = content(floats)
    planes.withUnsafeMutableBytes { target in
      floats.withBytes { manifest.tensors[2].layout.apply($0, into: target, width: 4) }
    }
    #expect(try streamed(scratch.bytes()) == content(bytes) + planes)
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/zstd") else { return }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/zstd")
    process.arguments = ["-q", "-t", scratch.path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func wrongBase() throws {
    let base = sampleManifest.baseTensors
    #expect(sampleManifest.mismatches(with: base.reversed()).isEmpty)
    let other = TensorFingerprint(name: "a", Tensor([9, 2] as [Float], shape: [2]))
    let typed = TensorFingerprint(name: "b", type: .float16, shape: base[1].shape, digest: base[1].digest)
    let shaped = TensorFingerprint(name: "c", type: .float32, shape: [1, 2], digest: base[2].digest)
    let found = sampleManifest.mismatches(with: [shaped, other, typed])
    #expect(
      found.map(\.difference) == [
        .digest(expected: base[0].digest, found: other.digest), .type(expected: .float32, found: .float16),
        .shape(expected: [2], found: [1, 2]), .missing,
      ])
    #expect(found.map(\.name) == ["a", "b", "c", "d"])
  }

  /// Names and shapes repeat; a manifest that repeats itself more than readers allow a frame to stands as it is.
  @Test(arguments: [(["cat", "dog"], "ARDELTA2"), (Array(repeating: "the same class", count: 10000), "ARDELTA1")])
  func manifestsAreCompressedWhereReadersTakeThem(labels: [String], mark: String) throws {
    let scratch = try Scratch()
    var manifest = sampleManifest
    manifest.labels = labels
    try DeltaWriter.write(to: scratch.path, manifest: manifest, tensors: [("a", sample(.float32, [15], seed: 1))])
    #expect(try scratch.bytes()[8..<16].elementsEqual(mark.utf8))
    let file = try DeltaFile(path: scratch.path)
    #expect(file.manifest.labels == labels)
    try file.verify()
  }
}

private func streamed(_ input: [UInt8]) throws -> [UInt8] {
  let stream = try #require(ZSTD_createDStream())
  defer { ZSTD_freeDStream(stream) }
  var result = [UInt8](repeating: 0, count: 1 << 16)
  return try input.withUnsafeBytes { source in
    try result.withUnsafeMutableBytes { target in
      var from = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
      var to = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
      var state = 1
      while from.pos < from.size {
        state = ZSTD_decompressStream(stream, &to, &from)
        try #require(ZSTD_isError(state) == 0)
      }
      #expect(state == 0)
      return Array(target[..<to.pos])
    }
  }
}
