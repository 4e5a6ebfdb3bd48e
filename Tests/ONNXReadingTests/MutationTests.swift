import ONNX
import Tensors
import Testing

/// SplitMix64: the same seed gives the same mutations on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

private func mutate(_ bytes: Bytes, _ random: inout SeededGenerator) -> Bytes {
  var bytes = bytes
  for _ in 0..<([1, 1, 1, 2, 4].randomElement(using: &random) ?? 1) where !bytes.isEmpty {
    let position = Int.random(in: bytes.indices, using: &random)
    switch Int.random(in: 0..<7, using: &random) {
    case 0: bytes[position] = UInt8.random(in: .min ... .max, using: &random)
    case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes.remove(at: position)
    case 3: bytes.insert([0, 1, 8, 0x0A, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0, at: position)
    case 4: bytes.removeSubrange(position...)
    case 5: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 40)], at: position)
    default:
      let number = UInt64.max >> UInt64.random(in: 0..<3, using: &random)
      bytes.replaceSubrange(position...position, with: varint(number))
    }
  }
  return bytes
}

@Suite struct MutationTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Bytes(0..<16), to: "weights")
  }

  /// Opens the bytes as a model and touches every tensor's every byte; nil where it opens.
  private func outcome(_ bytes: Bytes) throws -> String? {
    let path = try folder.write(bytes, to: "model.onnx")
    do {
      touch(try ONNXModel(path: path).graph)
      return nil
    } catch {
      return "\(error)".replacing(folder.path, with: "").filter { !$0.isNumber }
    }
  }

  private func touch(_ graph: ONNXGraph) {
    for tensor in graph.initializers.values { #expect(tensor.contents.count == tensor.byteCount) }
    for node in graph.nodes {
      for attribute in node.attributes.values {
        switch attribute {
        case .tensor(let tensor): #expect(tensor.contents.count == tensor.byteCount)
        case .graph(let graph): touch(graph)
        default: break
        }
      }
    }
  }

  @Test func theSampleOpens() throws { #expect(try outcome(sample) == nil) }

  @Test func noPrefixTraps() throws {
    for length in sample.indices { _ = try outcome(Bytes(sample[..<length])) }
  }

  @Test func noChangedByteTraps() throws {
    var (opened, messages) = (0, Set<String>())
    for position in sample.indices {
      for change: UInt8 in [0x01, 0x08, 0x80, 0xFF] {
        var bytes = sample
        bytes[position] ^= change
        if let message = try outcome(bytes) { messages.insert(message) } else { opened += 1 }
      }
    }
    #expect(opened > 50)
    #expect(messages.count > 100)
  }

  @Test func noMutationTraps() throws {
    var random = SeededGenerator(seed: 20_260_103)
    var (opened, messages) = (0, Set<String>())
    for _ in 0..<6000 {
      if let message = try outcome(mutate(sample, &random)) { messages.insert(message) } else { opened += 1 }
    }
    // The mutations must reach deep enough to mean something.
    #expect(opened > 50)
    #expect(messages.count > 100)
  }
}
