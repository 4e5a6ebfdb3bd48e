import Delta
import Foundation
import Tensors
import Testing

@Suite struct PatchTests {
  private let (old, new, patch, made): (Scratch, Scratch, Scratch, Scratch)

  init() throws { (old, new, patch, made) = (try Scratch(), try Scratch(), try Scratch(), try Scratch()) }

  /// Like trained weights, and like the same after more training.
  private func weights(_ count: Int, seed: UInt64, drift: Float = 0) -> Tensor {
    var random = Seeded(state: seed)
    return Tensor(
      (0..<count).map { _ in
        Float.random(in: -1...1, using: &random) * (1 + drift * Float.random(in: -1...1, using: &random))
      }, shape: [count])
  }

  private func write(
    _ scratch: Scratch, _ tensors: [(String, Tensor)], manifest: DeltaManifest = sampleManifest,
    type: ElementType? = nil, level: Int = 3
  ) throws {
    try DeltaWriter.write(to: scratch.path, manifest: manifest, tensors: tensors, type: type, level: level)
  }

  @discardableResult private func patched() throws -> Bool {
    try DeltaPatch.write(to: patch.path, from: DeltaFile(path: old.path), to: DeltaFile(path: new.path))
    return try DeltaPatch(path: patch.path).write(to: made.path, from: DeltaFile(path: old.path))
  }

  @Test(arguments: [1, 3, 12]) func theLaterFileIsMade(level: Int) throws {
    let same = weights(500, seed: 1)
    try write(
      old,
      [
        ("same", same), ("trained", weights(5000, seed: 2)), ("typed", same), ("gone", same), ("shaped", same),
        ("bytes", sample(.uint8, [197], seed: 3)), ("empty", sample(.float32, [0], seed: 3)),
      ])
    var manifest = sampleManifest
    manifest.labels = ["dog"]
    try write(
      new,
      [
        ("same", same), ("trained", weights(5000, seed: 2, drift: 1e-4)), ("typed", sample(.float16, [500], seed: 4)),
        ("shaped", weights(501, seed: 5)), ("new", weights(300, seed: 6)), ("bytes", sample(.uint8, [197], seed: 7)),
        ("empty", sample(.float32, [0, 3], seed: 3)),
      ], manifest: manifest, level: level)
    try DeltaFile(path: new.path).write(to: new.path, signedWith: SigningKey())
    #expect(try patched())
    #expect(try made.bytes() == new.bytes())
    #expect(try DeltaPatch(path: patch.path).changes == 6)
    try DeltaFile(path: made.path).verify()
  }

  @Test(arguments: [ElementType.bfloat16, .float16]) func narrowTensorsStayNarrow(type: ElementType) throws {
    try write(old, [("w", weights(500, seed: 1))], type: type)
    try write(new, [("w", weights(500, seed: 1, drift: 1e-2))], type: type)
    #expect(try patched())
    #expect(try made.bytes() == new.bytes())
    #expect(try DeltaFile(path: made.path).tensor(named: "w").type == .float32)
  }

  @Test func whatHardlyChangedTakesLittle() throws {
    try write(old, [("w", weights(50_000, seed: 1))])
    try write(new, [("w", weights(50_000, seed: 1, drift: 1e-5))])
    #expect(try patched())
    #expect(try patch.bytes().count * 2 < new.bytes().count)
    // What has nothing in common with the earlier tensor is kept whole.
    try write(new, [("w", weights(50_000, seed: 2))])
    #expect(try patched())
    #expect(try patch.bytes().count < new.bytes().count + 4096)
  }

  @Test func nothingChanged() throws {
    try write(old, [("w", weights(500, seed: 1))])
    try new.write(old.bytes())
    #expect(try patched())
    #expect(try made.bytes() == old.bytes() && DeltaPatch(path: patch.path).changes == 0)
  }

  /// A delta of which only the compression differs is the one that the patch was made from.
  @Test func theEarlierDeltaMayBeCompressedAnew() throws {
    let tensor = Tensor((0..<5000).map { Int64($0 * $0 % 9973) }, shape: [5000])
    try write(old, [("w", tensor)], level: 3)
    try write(new, [("w", weights(500, seed: 2)), ("x", tensor)])
    #expect(try patched())
    try write(old, [("w", tensor)], level: 19)
    #expect(try DeltaPatch(path: patch.path).write(to: made.path, from: DeltaFile(path: old.path)))
    #expect(try made.bytes() == new.bytes())
  }

  @Test func anotherDeltaIsRefused() throws {
    try write(old, [("w", weights(500, seed: 1))])
    try write(new, [("w", weights(500, seed: 2))])
    #expect(try patched())
    try FileManager.default.removeItem(atPath: made.path)
    #expect(throws: DeltaError.patchOfAnother(path: patch.path, delta: new.path)) {
      try DeltaPatch(path: patch.path).write(to: made.path, from: DeltaFile(path: new.path))
    }
    #expect(throws: DeltaError.isADelta(path: new.path)) { try DeltaPatch(path: new.path) }
    #expect(throws: DeltaError.isAPatch(path: patch.path)) { try DeltaFile(path: patch.path) }
    #expect(!FileManager.default.fileExists(atPath: made.path))
  }

  @Test func everyBitFlipAndTruncationIsRefused() throws {
    try write(old, [("w", weights(40, seed: 1))])
    try write(new, [("w", weights(40, seed: 1, drift: 1e-3))])
    try patched()
    let bytes = try patch.bytes()
    let result = try made.bytes()
    for position in bytes.indices {
      var copy = bytes
      copy[position] ^= 1 << UInt8(position % 8)
      try patch.write(copy)
      #expect(throws: DeltaError.self, "byte \(position)") {
        try DeltaPatch(path: patch.path).write(to: made.path, from: DeltaFile(path: old.path))
      }
      try patch.write(bytes.prefix(position))
      #expect(throws: DeltaError.self, "\(position) bytes") { try DeltaPatch(path: patch.path) }
    }
    #expect(try made.bytes() == result)
  }
}
