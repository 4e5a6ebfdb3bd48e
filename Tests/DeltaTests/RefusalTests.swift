import Delta
import Foundation
import Tensors
import Testing

@Suite struct RefusalTests {
  private let tensors = [
    ("a", sample(.float32, [15], seed: 1)), ("z", Tensor([Float](repeating: 1, count: 197), shape: [197])),
  ]

  @Test func everyBitFlipIsRefused() throws {
    let scratch = try Scratch()
    let damaged = try Scratch()
    try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: tensors)
    let bytes = try scratch.bytes()
    var random = Seeded(state: 7)
    for position in bytes.indices {
      var copy = bytes
      copy[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try damaged.write(copy)
      #expect(throws: DeltaError.self, "byte \(position)") { try DeltaFile(path: damaged.path).verify() }
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let scratch = try Scratch()
    let damaged = try Scratch()
    try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: tensors)
    let bytes = try scratch.bytes()
    for count in bytes.indices {
      try damaged.write(bytes.prefix(count))
      #expect(throws: DeltaError.self, "\(count) bytes") { try DeltaFile(path: damaged.path) }
    }
    try damaged.write(bytes + [0])
    #expect(throws: DeltaError.trailingBytes(path: damaged.path, count: 1)) { try DeltaFile(path: damaged.path) }
  }

  /// A manifest's frame may stand for 32 times its bytes, 64 MiB at most: a stranger's is refused before memory is taken.
  @Test(arguments: [("manifest_bomb", 1 << 26), ("manifest_bomb_beyond_the_limit", 1 << 27)])
  func manifestsThatAreBombs(name: String, size: Int) {
    let path = hostile("\(name).ardelta")
    let error = #expect(throws: DeltaError.self) { try DeltaFile(path: path) }
    guard case .manifestTooLarge(_, size, let limit) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(limit < 1 << 20)
  }

  @Test func sizeLimit() throws {
    let scratch = try Scratch()
    let zeros = Tensor(type: .uint8, shape: [1 << 20]) { $0.initializeMemory(as: UInt8.self, repeating: 0) }
    try DeltaWriter.write(to: scratch.path, manifest: sampleManifest, tensors: [("a", zeros)])
    #expect(throws: DeltaError.tooLarge(path: scratch.path, limit: (1 << 20) - 1)) {
      try DeltaFile(path: scratch.path, sizeLimit: (1 << 20) - 1)
    }
    try DeltaFile(path: scratch.path, sizeLimit: 1 << 20).verify()
  }

  @Test func foreignFiles() throws {
    let scratch = try Scratch()
    let path = scratch.path
    func expect(_ text: String, _ error: DeltaError) throws {
      try scratch.write(text.utf8)
      #expect(throws: error) { try DeltaFile(path: path) }
    }
    try expect("", .emptyFile(path: path))
    try expect("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", .gitLFSPointer(path: path))
    try expect("\n<!DOCTYPE html><html></html>", .markup(path: path))
    try expect("\u{2}\0\0\0\0\0\0\0{}", .safetensors(path: path))
    try expect("anything else", .notADelta(path: path))
    try scratch.write([0x5A, 0x2A, 0x4D, 0x18, 0xFF, 0xFF, 0xFF, 0xFF])
    #expect(
      throws: DeltaError.manifestTooLarge(path: path, size: Int(UInt32.max) - 40, limit: 64 << 20)
    ) { try DeltaFile(path: path) }
  }

  @Test func badArguments() throws {
    let scratch = try Scratch()
    let path = scratch.path
    #expect(throws: DeltaError.levelOutOfRange(20)) {
      try DeltaWriter.write(to: path, manifest: sampleManifest, tensors: [], level: 20)
    }
    #expect(throws: DeltaError.cannotStore(as: .int32)) {
      try DeltaWriter.write(to: path, manifest: sampleManifest, tensors: [], type: .int32)
    }
    #expect(throws: DeltaError.namesNotAscending(path: path, name: "a")) {
      try DeltaWriter.write(to: path, manifest: sampleManifest, tensors: [tensors[0], tensors[0]])
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    try DeltaWriter.write(to: path, manifest: sampleManifest, tensors: [])
    let empty = try DeltaFile(path: path)
    try empty.verify()
    #expect(throws: DeltaError.noSuchTensor(path: path, name: "x")) { try empty.tensor(named: "x") }
  }
}
