import Delta
import Foundation
import Tensors

let sampleManifest = DeltaManifest(
  producer: "tests 1",
  baseTensors: ["d", "c", "b", "a"].map { TensorFingerprint(name: $0, Tensor([1, 2] as [Float], shape: [2])) },
  method: "adaroute", configuration: #"{"experts":4}"#, labels: ["cat", "dög"])

/// A file name of its own, whose file is removed with it.
final class Scratch {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).ardelta").path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  func write(_ bytes: some Sequence<UInt8>) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
}

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Random bytes, truth values for `bool`.
func sample(_ type: ElementType, _ shape: Shape, seed: UInt64) -> Tensor {
  var random = Seeded(state: seed)
  return Tensor(type: type, shape: shape) { bytes in
    for position in bytes.indices {
      bytes[position] = UInt8(truncatingIfNeeded: random.next()) & (type == .bool ? 1 : 255)
    }
  }
}

func content(_ tensor: Tensor) -> [UInt8] { tensor.withBytes { Array($0) } }

/// A file of fixtures/hostile/delta.
func hostile(_ name: String) -> String {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return tests.deletingLastPathComponent().appendingPathComponent("fixtures/hostile/delta/\(name)").path
}
