import Foundation
import Testing

/// Keys, signatures and the policy that asks for them, as a user meets them.
@Suite struct SigningCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["team", "stranger"] {
      #expect(try Tool.run(["delta", "keygen", "-o", folder.file("\(name).key")]).code == 0)
    }
    let graft = ["graft", "fixtures/hf_vit", "--rank", "4", "--kernels", "3", "--init", "paper", "--seed", "1"]
    #expect(try Tool.run(graft + ["-o", folder.file("g")]).code == 0)
    #expect(try Tool.run(["delta", "create", folder.file("g"), "-o", folder.file("d")]).code == 0)
  }

  private func key(_ name: String) throws -> String {
    let file = try String(decoding: bytes(folder.file("\(name).key.pub")), as: UTF8.self)
    let base64 = try #require(file.split(separator: "\n").dropFirst().first)
    return try #require(Data(base64Encoded: String(base64))).suffix(32).map { String(format: "%02x", $0) }.joined()
  }

  private func run(trust: String) throws -> Tool.Outcome {
    try Tool.run([
      "run", "fixtures/hf_vit", "--delta", folder.file("d"), "--trust", folder.file("\(trust).key.pub"), "--input",
      "fixtures/hf_vit/io.safetensors",
    ])
  }

  @Test func onlyTrustedDeltasRun() throws {
    let unsigned = try run(trust: "team")
    #expect(unsigned.code == 77)
    #expect(
      unsigned.errors
        == "adaroute: \(folder.file("d")): the delta is not signed, but a signature by a trusted key is asked for\n")
    let signed = try Tool.run(["delta", "sign", folder.file("d"), "--key", folder.file("team.key")])
    #expect(signed.code == 0)
    #expect(try signed.output == "\(folder.file("d")): signed by \(key("team"))\n")
    #expect(try run(trust: "team").code == 0)
    let stranger = try run(trust: "stranger")
    #expect(stranger.code == 77)
    #expect(
      try stranger.errors
        == "adaroute: \(folder.file("d")): signed by \(key("team")), which is not among the trusted keys\n")
    let again = try Tool.run(["delta", "sign", folder.file("d"), "--key", folder.file("team.key")])
    #expect(again.code == 64)
    #expect(try again.errors == "adaroute: \(folder.file("d")): signed with the key \(key("team")) already\n")
  }

  /// Every command that takes a delta obeys the environment's policy.
  @Test(arguments: [
    ["run", "fixtures/hf_vit", "--delta", "@/d", "--input", "fixtures/hf_vit/io.safetensors"],
    ["bench", "fixtures/hf_vit", "--delta", "@/d", "--seconds", "0.1"],
    ["verify", "fixtures/hf_vit", "--delta", "@/d", "--golden", "fixtures/hf_vit/io.safetensors"],
    ["export", "fixtures/hf_vit", "--delta", "@/d", "-o", "@/out.onnx"],
    ["delta", "apply", "fixtures/hf_vit", "@/d", "-o", "@/out"],
  ]) func theEnvironmentsPolicyHolds(_ command: [String]) throws {
    let outcome = try Tool.run(
      command.map { $0.replacing("@", with: folder.path) },
      launcher: ["/usr/bin/env", "ADAROUTE_TRUST=\(folder.file("team.key.pub"))"])
    #expect(outcome.code == 77, "\(outcome.errors)")
    #expect(outcome.errors.contains("the delta is not signed"))
    #expect(try folder.names == ["d", "g", "stranger.key", "stranger.key.pub", "team.key", "team.key.pub"])
  }

  @Test func deltasAreVerifiedByKey() throws {
    let target = folder.file("signed")
    let signed = try Tool.run(["delta", "sign", folder.file("d"), "--key", folder.file("team.key"), "-o", target])
    #expect(signed.code == 0)
    let verify = ["delta", "verify", target, "--base", "fixtures/hf_vit", "--key"]
    let verified = try Tool.run(verify + [folder.file("team.key.pub")])
    #expect(verified.code == 0)
    #expect(try verified.output.contains("signed by \(key("team"))"))
    #expect(try Tool.run(verify + [folder.file("stranger.key.pub")]).code == 77)
    #expect(try Tool.run(["delta", "inspect", target]).output.contains("\(key("team"))"))
    #expect(try Tool.run(["delta", "verify", folder.file("d")]).output.contains("; not signed"))
  }

  @Test func wrongKeyFiles() throws {
    func errors(_ arguments: String..., code: Int32) throws -> String {
      let outcome = try Tool.run(arguments)
      #expect(outcome.code == code)
      return outcome.errors.replacing(folder.path, with: "@")
    }
    let (delta, secret, shared) = (folder.file("d"), folder.file("team.key"), folder.file("team.key.pub"))
    #expect(
      try errors("delta", "sign", delta, "--key", shared, code: 65)
        == #"adaroute: @/team.key.pub: one private Ed25519 key in PEM expected, a block "PUBLIC KEY" found"# + "\n")
    #expect(
      try errors("delta", "verify", delta, "--key", secret, code: 65)
        == #"adaroute: @/team.key: public Ed25519 keys in PEM expected, a block "PRIVATE KEY" found"# + "\n")
    #expect(
      try errors("delta", "sign", delta, "--key", delta, code: 65)
        == "adaroute: @/d: one private Ed25519 key in PEM expected, no PEM text found\n")
    #expect(
      try errors("delta", "keygen", "-o", secret, code: 73)
        == "adaroute: @/team.key: cannot be created: it exists; keys are not replaced\n")
    #expect(
      try errors("delta", "sign", delta, "--key", folder.file("none"), code: 66)
        == "adaroute: @/none: no such file\n")
  }
}
