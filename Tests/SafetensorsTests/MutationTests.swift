import Safetensors
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

private let header = Array(
  (#"{"__metadata__":{"f\u0041":"\ud83d\ude00é"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"#
    + #""b":{"dtype":"F4","shape":[4],"data_offsets":[8,10]},"#
    + #""c":{"dtype":"BOOL","shape":[],"data_offsets":[10,11]}} "#)
    .utf8)

private let index = Array(
  #"{"metadata":{"total_size":11,"x":[1.5e3,null,true]},"weight_map":{"a":"s","b":"s","c":"s"}}"#.utf8)

/// Bytes that mean something to the parser are likelier than others.
private func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
  let tokens = Array(#"{}[]":,\u0129-.eE nt"#.utf8) + [0, 0x0A, 0x7F, 0x80, 0xC3, 0xFF]
  var bytes = bytes
  for _ in 0..<([1, 1, 1, 2, 4].randomElement(using: &random) ?? 1) where !bytes.isEmpty {
    let position = Int.random(in: bytes.indices, using: &random)
    switch Int.random(in: 0..<7, using: &random) {
    case 0: bytes[position] = tokens.randomElement(using: &random) ?? 0
    case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes.remove(at: position)
    case 3: bytes.insert(tokens.randomElement(using: &random) ?? 0, at: position)
    case 4: bytes.removeSubrange(position...)
    case 5: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 40)], at: position)
    default: bytes.replaceSubrange(position...position, with: Array("9223372036854775807".utf8))
    }
  }
  return bytes
}

@Suite struct MutationTests {
  /// Whatever the bytes, opening throws or the tensors are in range; nothing traps.
  @Test func mutatedFilesNeverTrap() throws {
    let folder = try TemporaryFolder()
    var random = SeededGenerator(seed: 20_260_101)
    var (opened, messages) = (0, Set<String>())
    for round in 0..<4000 {
      // Where only the header is mutated, its length still fits, and the parser is reached.
      let mutatesHeaderOnly = round % 4 != 0
      let bytes =
        mutatesHeaderOnly
        ? file(mutate(header, &random), buffer: 11) : mutate(file(header, buffer: 11), &random)
      let path = try folder.write(bytes, to: "x")
      do {
        let file = try SafetensorsFile(path: path)
        opened += 1
        for entry in file.entries {
          #expect(entry.byteRange.upperBound <= bytes.count)
          #expect(try file.withBytes(named: entry.name) { $0.elementsEqual(bytes[entry.byteRange]) })
          if entry.type.elementType != nil {
            #expect(try file.tensor(named: entry.name).shape == entry.shape)
          }
        }
      } catch {
        messages.insert("\(error)".filter { !$0.isNumber })
      }
    }
    // The mutations must reach deep enough to mean something.
    #expect(opened > 50)
    #expect(messages.count > 50)
  }

  @Test func mutatedIndicesNeverTrap() throws {
    let folder = try TemporaryFolder()
    try folder.write(file(header, buffer: 11), to: "s")
    var random = SeededGenerator(seed: 20_260_102)
    var (opened, messages) = (0, Set<String>())
    for round in 0..<2000 {
      let path = try folder.write(round == 0 ? index : mutate(index, &random), to: "index.json")
      do {
        let checkpoint = try SafetensorsIndex(path: path)
        #expect(checkpoint.entries.count == 3)
        opened += 1
      } catch {
        messages.insert("\(error)".filter { !$0.isNumber })
      }
    }
    #expect(opened > 10)
    #expect(messages.count > 20)
  }
}
