import Testing
import TorchCheckpoint

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Small files that describe enormous values cost no more than their own size.
@Suite(.serialized) struct AmplificationTests {
  private func expectCheap(_ pickle: [UInt8], _ message: String) throws {
    let clock = ContinuousClock()
    let (folder, before) = (try TemporaryFolder(), peakMemory())
    let start = clock.now
    #expect(try folder.refusal(Archive(pickle).bytes) == message)
    #expect(clock.now - start < .seconds(20))
    #expect(peakMemory() - before < 1 << 30)
  }

  /// In bytes; Linux counts in units of 1024.
  private func peakMemory() -> Int {
    var usage = rusage()
    getrusage(0, &usage)  // RUSAGE_SELF
    return Int(usage.ru_maxrss) * 1024
  }

  /// Ninety lists, each holding the one before ten times: 10^90 leaves, were they ever visited.
  @Test func listsOfTheSameListsAreHeldOnce() throws {
    var pickle: [UInt8] = [0x80, 2, 0x5D, 0x71, 0]
    for level in 1...90 as ClosedRange<UInt8> {
      pickle += [0x5D, 0x71, level, 0x28] + (0..<10).flatMap { _ in [0x68, level - 1] as [UInt8] } + [0x65]
    }
    // All are dropped and the last recalled, so that one value is left.
    let dropped = (0..<91).flatMap { _ in [0x30] as [UInt8] }
    try expectCheap(pickle + dropped + [0x68, 90, 0x2E], "a dict of tensors expected, a list found")
  }

  /// A million references to one string of a megabyte.
  @Test func aStringIsHeldOnce() throws {
    let long = Pickle.text(String(repeating: "x", count: 1 << 20))
    let references = (0..<1_000_000).flatMap { _ in [0x68, 0] as [UInt8] }
    try expectCheap(
      Pickle.whole(long + [0x71, 0, 0x30, 0x28] + references + [0x74]),
      "a dict of tensors expected, a tuple found")
  }

  /// Long keys are neither hashed nor compared again and again.
  @Test func longKeysCostNothing() throws {
    let keys = ["a", "b"].map { Pickle.text(String(repeating: "x", count: 8 << 20) + $0) }
    let memo = keys[0] + [0x71, 0, 0x30] + keys[1] + [0x71, 1, 0x30]
    let members = (0..<200_000).flatMap { [0x68, UInt8($0 % 2), 0x4B, 1] as [UInt8] }
    try expectCheap(
      Pickle.whole(memo + [0x7D, 0x28] + members + [0x75]), "no dict of tensors found; the keys are ")
  }

  /// A text of megabytes is encoded a million times; a dict of settings is named as often.
  @Test func repeatedWorkIsDoneOnce() throws {
    let text = Pickle.text(String(repeating: "x", count: 8 << 20))
    let encode = Pickle.global("_codecs", "encode") + [0x71, 0, 0x30] + text + [0x85, 0x71, 1, 0x30]
    let calls = (0..<1_000_000).flatMap { _ in [0x68, 0, 0x68, 1, 0x52, 0x30] as [UInt8] }
    try expectCheap(Pickle.whole(encode + calls + [0x4E]), "a dict of tensors expected, None found")
    let settings = (0..<200_000).flatMap { Pickle.text("s\($0)") + ([0x4E] as [UInt8]) }
    let references = (0..<200_000).flatMap { _ in [0x68, 0, 0x68, 1] as [UInt8] }
    let tensor = Pickle.text("t") + Pickle.tensor([7], strides: [1])
    var pickle = Pickle.text("meta") + [0x71, 0, 0x30, 0x7D, 0x71, 1, 0x28]
    pickle += settings + [0x75, 0x30, 0x7D, 0x28]
    pickle += references + tensor + [0x75]
    try expectCheap(
      Pickle.whole(pickle),
      "tensor \"t\": shape [7] with strides [1] from element 0 reaches out of its storage of 6 elements")
  }

  /// Every dict under every wrapper's key is the same one.
  @Test func wrappersOfTheSameDictAreLookedIntoOnce() throws {
    var pickle: [UInt8] = [0x80, 2, 0x7D, 0x71, 0, 0x28]
    for number in 0..<100_000 { pickle += Pickle.text("k\(number)") + [0x4E] }
    pickle += [0x75]
    for level in 1...3 as ClosedRange<UInt8> {
      pickle += [0x7D, 0x71, level, 0x28]
      for key in ["state_dict", "model", "module", "net", "state_dict_ema", "model_ema"] {
        pickle += Pickle.text(key) + [0x68, level - 1]
      }
      pickle += [0x75]
    }
    let dropped = (0..<4).flatMap { _ in [0x30] as [UInt8] }
    try expectCheap(
      pickle + dropped + [0x68, 3, 0x2E],
      "no dict of tensors found; the keys are \"model\", \"model_ema\", \"module\", \"net\", \"state_dict\", "
        + "\"state_dict_ema\"")
  }

  /// Each tensor alone is small; their copies together are bounded by the file.
  @Test func copiesOfOneStorageAreBounded() throws {
    let storage = Pickle.storage(count: 6) + [0x71, 0]
    var members: [UInt8] = []
    for number in 0..<100 {
      members +=
        Pickle.text("t\(number)")
        + Pickle.tensor([16, 4096], strides: [0, 0], storage: number == 0 ? storage : [0x68, 0])
    }
    let pickle = Pickle.whole(Pickle.opcode("}") + [0x28] + members + [0x75])
    try expectCheap(
      pickle,
      "tensor \"t0\": tensors that are not contiguous take more than the file's \(Archive(pickle).bytes.count) bytes"
    )
  }
}
