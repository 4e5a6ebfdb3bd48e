import Foundation
import Testing

/// Commands that are killed, or whose disk fills, leave their target as it was or whole, and nothing beside it.
@Suite struct InterruptionTests {
  /// Every command that writes; `@` is a folder with `grafted`, two deltas `d1` and `d2`, `patch` and `key`.
  static let commands: [[String]] = [
    ["convert", "fixtures/hf_vit", "-o", "@/out"],
    ["graft", "fixtures/hf_vit", "--rank", "4", "--init", "paper", "--seed", "3", "-o", "@/out"],
    ["delta", "create", "@/grafted", "-o", "@/out"],
    ["delta", "apply", "fixtures/hf_vit", "@/d1", "-o", "@/out"],
    ["delta", "diff", "@/d1", "@/d2", "-o", "@/out"],
    ["delta", "patch", "@/d1", "@/patch", "-o", "@/out"],
    ["delta", "sign", "@/d1", "--key", "@/key", "-o", "@/out"],
    ["export", "@/grafted", "-o", "@/out.onnx"],
    ["export", "@/grafted", "--names", "parax", "-o", "@/out.safetensors"],
    ["run", "@/grafted", "--input", "fixtures/hf_vit/io.safetensors", "-o", "@/out"],
  ]

  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let graft = ["graft", "fixtures/hf_vit", "--rank", "4", "--init", "paper", "-o"]
    for command in [
      graft + ["@/grafted", "--seed", "1"], graft + ["@/other", "--seed", "2"],
      ["delta", "create", "@/grafted", "-o", "@/d1"], ["delta", "create", "@/other", "-o", "@/d2"],
      ["delta", "diff", "@/d1", "@/d2", "-o", "@/patch"], ["delta", "keygen", "-o", "@/key"],
    ] { try #require(run(command).code == 0) }
  }

  private func run(_ command: [String], launcher: [String] = []) throws -> Tool.Outcome {
    try Tool.run(command.map { $0.replacing("@", with: folder.path) }, launcher: launcher)
  }

  private func target(_ command: [String]) throws -> String {
    try #require(command.last).replacing("@", with: folder.path)
  }

  /// What the command writes undisturbed, which it wrote.
  private func whole(_ command: [String]) throws -> (bytes: [UInt8], seconds: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    try #require(run(command).code == 0)
    let time = (clock.now - start).components
    return (try bytes(target(command)), Double(time.seconds) + Double(time.attoseconds) * 1e-18)
  }

  @Test(arguments: commands.indices) func aKilledCommandLeavesNothingPartial(_ index: Int) throws {
    let command = Self.commands[index]
    let (path, (expected, seconds)) = (try target(command), try whole(command))
    let before = try folder.names
    var random = SystemRandomNumberGenerator()
    var kills = 0
    for attempt in 0..<50 {
      // Every other time there is an earlier file in the target's place.
      let earlier: [UInt8]? = attempt % 2 == 0 ? nil : Array("earlier".utf8)
      try? FileManager.default.removeItem(atPath: path)
      if let earlier { try Data(earlier).write(to: URL(filePath: path)) }
      let moment = Double.random(in: 0.001...max(seconds, 0.002), using: &random)
      let outcome = try run(command, launcher: ["/usr/bin/timeout", "-s", "KILL", "\(moment)"])
      if outcome.code != 0 { kills += 1 }
      let found = FileManager.default.fileExists(atPath: path) ? try bytes(path) : nil
      #expect(found == earlier || found == expected, "killed after \(moment) s: \(found?.count ?? 0) bytes")
    }
    #expect(kills > 0)
    #expect(try whole(command).bytes == expected)
    #expect(try folder.names == before)
  }

  /// Both keys, none, or the private one, of which the public one can be made.
  @Test func aKilledKeygenLeavesWholeKeys() throws {
    let keygen = ["delta", "keygen", "-o", "@/new"]
    let sign = ["delta", "sign", "@/d1", "--key", "@/new", "-o", "@/out"]
    let keys = ["new", "new.pub"]
    let before = try folder.names
    let clock = ContinuousClock()
    let time = try clock.measure { try #require(run(keygen).code == 0) }.components
    let seconds = Double(time.seconds) + Double(time.attoseconds) * 1e-18
    var kills = 0
    for _ in 0..<50 {
      for key in keys { try? FileManager.default.removeItem(atPath: folder.file(key)) }
      let moment = Double.random(in: 0.001...max(seconds, 0.002))
      if try run(keygen, launcher: ["/usr/bin/timeout", "-s", "KILL", "\(moment)"]).code != 0 { kills += 1 }
      let found = try folder.names.filter { keys.contains($0) }
      if found.isEmpty { continue }
      #expect(found.contains("new"))
      #expect(try run(sign).code == 0)
      guard found.count == 2 else { continue }
      #expect(try run(["delta", "verify", "@/out", "--key", "@/new.pub"]).code == 0)
    }
    #expect(kills > 0)
    for key in keys { try? FileManager.default.removeItem(atPath: folder.file(key)) }
    try #require(run(keygen).code == 0)
    #expect(Set(try folder.names).subtracting(before + keys + ["out"]).isEmpty)
  }

  /// 4 KiB, in blocks of 512 bytes, are all that may be written.
  @Test(arguments: commands.indices) func aFullDiskIsToldAndLeavesNothing(_ index: Int) throws {
    let command = Self.commands[index]
    let path = try target(command)
    let full = ["/bin/sh", "-c", "ulimit -f 8; exec \"$0\" \"$@\""]
    let before = try folder.names
    let outcome = try run(command, launcher: full)
    if outcome.code == 0 {
      #expect(try bytes(path).count <= 4096)
      return
    }
    #expect(outcome.code == 74)
    #expect(outcome.errors == "adaroute: \(path): cannot be written: File too large\n")
    #expect(try folder.names == before)
  }
}
