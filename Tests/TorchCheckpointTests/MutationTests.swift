import Tensors
import Testing
import TorchCheckpoint

/// Whatever the bytes, opening throws or every tensor is in range; nothing traps and nothing takes long.
@Suite struct MutationTests {
  /// The kinds of message that were met, and how many files opened.
  private struct Tally {
    var opened = 0
    var messages: Set<String> = []

    mutating func open(_ bytes: [UInt8], in folder: TemporaryFolder) throws {
      try folder.withFile(bytes) { try open($0, size: bytes.count) }
    }

    private mutating func open(_ path: String, size: Int) throws {
      do throws(TorchError) {
        let file = try TorchFile(path: path)
        opened += 1
        for entry in file.entries {
          #expect(entry.byteRange.lowerBound >= 0 && entry.byteRange.upperBound <= size)
          if let tensor = try? file.tensor(named: entry.name) {
            #expect(tensor.shape == entry.shape && tensor.byteCount <= size)
            _ = tensor.withBytes { $0.reduce(0) { $0 &+ Int($1) } }
          }
        }
      } catch {
        messages.insert("\(error)".filter { $0.isLetter || $0 == " " })
      }
    }
  }

  private static let interesting: [UInt8] =
    Array("(.]})tuaesbRQqrhjXKMJGNcPK".utf8) + [
      0, 1, 2, 0x7F, 0x80, 0x81, 0x85, 0x8A, 0x93, 0x94, 0x95, 0xFF,
    ]

  private func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<([1, 1, 1, 2, 4].randomElement(using: &random) ?? 1) where !bytes.isEmpty {
      let position = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0, 1, 2: bytes[position] = MutationTests.interesting.randomElement(using: &random) ?? 0
      case 3: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 4: bytes.remove(at: position)
      case 5: bytes.insert(MutationTests.interesting.randomElement(using: &random) ?? 0, at: position)
      case 6: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 40)], at: position)
      default:
        for place in position..<min(position + 8, bytes.count) { bytes[place] = 0xFF }
      }
    }
    return bytes
  }

  /// A pickle that uses every part, in an archive that is sound again after the pickle was changed.
  private static let members = Pickle.dict(
    ("epoch", Pickle.int(3)),
    (
      "model",
      Pickle.dict(("a", Pickle.tensor()), ("b", Pickle.tensor([3, 2], strides: [1, 3])), ("n", [0x4E]))
    ))

  @Test func mutatedPicklesNeverTrap() throws {
    let (folder, sound) = (try TemporaryFolder(), Pickle.whole(MutationTests.members))
    var (tally, random) = (Tally(), SeededGenerator(seed: 20_260_201))
    for _ in 0..<6000 { try tally.open(Archive(mutate(sound, &random)).bytes, in: folder) }
    #expect(tally.opened > 50)
    #expect(tally.messages.count > 40)
  }

  @Test func mutatedArchivesNeverTrap() throws {
    let (folder, sound) = (try TemporaryFolder(), Archive(of: MutationTests.members).bytes)
    var (tally, random) = (Tally(), SeededGenerator(seed: 20_260_202))
    for _ in 0..<4000 { try tally.open(mutate(sound, &random), in: folder) }
    #expect(tally.opened > 100)
    #expect(tally.messages.count > 30)
  }

  @Test func mutatedDirectoriesNeverTrap() throws {
    let (folder, sound) = (try TemporaryFolder(), zip64(MutationTests.members).bytes)
    let start = sound.count - 22 - 20 - 56 - 150
    var (tally, random) = (Tally(), SeededGenerator(seed: 20_260_203))
    for _ in 0..<4000 {
      try tally.open(sound[..<start] + mutate(Array(sound[start...]), &random), in: folder)
    }
    #expect(tally.messages.count > 15)
  }

  @Test func mutatedLegacyFilesNeverTrap() throws {
    let (folder, sound) = (try TemporaryFolder(), legacy(MutationTests.members))
    var (tally, random) = (Tally(), SeededGenerator(seed: 20_260_204))
    for _ in 0..<4000 { try tally.open(mutate(sound, &random), in: folder) }
    #expect(tally.opened > 100)
    #expect(tally.messages.count > 40)
  }

  @Test(arguments: ["plain", "views", "settings", "legacy", "views_legacy"])
  func filesCutAnywhereAreRefused(_ name: String) throws {
    let (folder, whole) = (try TemporaryFolder(), try read(fixture("torch/\(name).pth")))
    var tally = Tally()
    for count in 0..<whole.count { try tally.open(Array(whole.prefix(count)), in: folder) }
    #expect(tally.opened == 0)
  }

  @Test(arguments: ["plain", "settings", "unsupported", "mmcv_vit", "views_legacy"])
  func mutatedFilesOfTorchNeverTrap(_ name: String) throws {
    let (folder, whole) = (try TemporaryFolder(), try read(fixture("torch/\(name).pth")))
    var (tally, random) = (Tally(), SeededGenerator(seed: 20_260_205))
    for _ in 0..<600 { try tally.open(mutate(whole, &random), in: folder) }
    #expect(tally.opened + tally.messages.count > 5)
  }
}
