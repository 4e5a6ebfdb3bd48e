import Foundation
import Safetensors
import Tensors
import Testing

@Suite struct CommandTests {
  @Test func runWritesEveryOutput() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let target = folder.appending(path: "out.safetensors").path
    let outcome = try Tool.run(
      [
        "run", "fixtures/parax_vit_conv3", "--config", "fixtures/parax_vit_conv3/case.json",
        "--input", "fixtures/parax_vit_conv3/io.safetensors", "--routes", "-o", target,
      ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let (written, expected) = (
      try SafetensorsFile(path: target),
      try SafetensorsFile(path: Tool.root.appending(path: "fixtures/parax_vit_conv3/io.safetensors").path)
    )
    #expect(written.names.contains("features"))
    #expect(written.names.filter { $0.hasPrefix("routing.") } == expected.names.filter { $0.hasPrefix("routing.") })
    let (ours, theirs): ([Float]?, [Float]?) = (
      try written.tensor(named: "logits").scalars(), try expected.tensor(named: "logits").scalars()
    )
    let pairs = zip(try #require(ours), try #require(theirs))
    #expect(pairs.allSatisfy { abs($0 - $1) <= 2e-5 })
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.safetensors"])
  }

  @Test func reportsAreJSONOnRequest() throws {
    for arguments in [
      ["inspect", "fixtures/timm_vit/model.safetensors", "--json"],
      ["run", "fixtures/timm_vit", "--input", "fixtures/timm_vit/io.safetensors", "--json"],
      ["bench", "fixtures/timm_vit", "--seconds", "0.05", "--json"],
    ] {
      let outcome = try Tool.run(arguments)
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) }
    }
  }

  /// A user's mistake, the sentence it is answered with, and the exit code.
  static let mistakes: [(arguments: [String], message: String, code: Int32)] = [
    (["inspect", "missing.safetensors"], "adaroute: missing.safetensors: no such file or folder\n", 66),
    (["run", "missing", "--input", "x"], "adaroute: missing: no such file or folder\n", 66),
    (
      ["run", "scripts", "--input", "x"],
      "adaroute: scripts: the folder holds none of model.safetensors, model.safetensors.index.json, model.onnx, "
        + "pytorch_model.bin, pytorch_model.bin.index.json\n", 66
    ),
    (
      ["run", "fixtures/parax_vit_conv3", "--input", "x"],
      "adaroute: fixtures/parax_vit_conv3/model.safetensors: no config.json beside it; name one "
        + "with --config\n", 66
    ),
    (
      ["run", "fixtures/timm_vit", "--input", "fixtures/timm_dinov2/model.safetensors"],
      "", 65
    ),
    (
      ["run", "fixtures/onnx_timm_beit_op17/model.onnx", "--input", "fixtures/timm_vit/io.safetensors"],
      "adaroute: input input: f32 [N, 3, 32, 32] expected, f32 [2, 3, 40, 40] found\n", 65
    ),
    (
      ["run", "fixtures/timm_vit", "--weights", "fixtures/timm_vit/model.safetensors", "--input", "x"],
      "adaroute: fixtures/timm_vit/model.safetensors: the graft's tensor blocks.0.adapter.router.0.weight is missing\n",
      65
    ),
    (
      ["run", "fixtures/timm_vit", "--input", "fixtures/timm_vit/io.safetensors", "-o", "missing/out.safetensors"],
      "adaroute: missing/out.safetensors: cannot be created: No such file or directory\n", 73
    ),
    (
      ["run", "fixtures/timm_vit", "--input", "fixtures/timm_vit/io.safetensors", "-o", "/dev/full"],
      "adaroute: /dev/full: cannot be written: No space left on device\n", 74
    ),
  ]

  @Test(arguments: mistakes.indices) func mistakesAreNamed(_ index: Int) throws {
    let (arguments, message, code) = CommandTests.mistakes[index]
    let outcome = try Tool.run(arguments)
    #expect(outcome.code == code)
    #expect(outcome.output == "")
    if message.isEmpty { #expect(outcome.errors.hasPrefix("adaroute: ")) } else { #expect(outcome.errors == message) }
  }

  @Test(arguments: [
    ["bogus"], ["run"], ["run", "a", "--input", "b", "--threads", "0"], ["bench", "a", "--batch", "-3"],
  ])
  func usageErrors(_ arguments: [String]) throws { #expect(try Tool.run(arguments).code == 64) }

  /// Every command that the README shows runs as it stands there, one after the other, and says nothing wrong.
  @Test func theReadmeTellsTheTruth() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("fixtures"), withDestinationPath: Tool.fixtures.path)
    let text = try String(contentsOf: Tool.root.appending(path: "README.md"), encoding: .utf8)
    let commands = text.split(separator: "\n").filter { $0.hasPrefix("adaroute ") }
    #expect(commands.count >= 12)
    for command in commands {
      let arguments = command.split(separator: " ").dropFirst().map(String.init)
      let outcome = try Tool.run(arguments, in: URL(filePath: folder.path))
      #expect(outcome.code == 0 && outcome.errors == "" && outcome.output != "", "\(command): \(outcome.errors)")
    }
  }

  /// Every subcommand's help shows an example.
  @Test(arguments: [
    ["convert"], ["inspect"], ["graft"], ["delta"], ["delta", "create"], ["delta", "apply"], ["delta", "inspect"],
    ["delta", "verify"], ["run"], ["verify"], ["bench"], ["export"], [],
  ])
  func helpShowsAnExample(_ command: [String]) throws {
    let outcome = try Tool.run(command + ["--help"])
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("Example"))
    #expect(outcome.output.contains("adaroute " + command.joined(separator: " ")))
  }

  /// A report that is not written whole is no success.
  @Test func aReportThatFindsNoRoomIsAnError() throws {
    let shell = ["/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full"]
    let outcome = try Tool.run(["inspect", "fixtures/timm_vit/model.safetensors"], launcher: shell)
    #expect(outcome.code == 74)
    #expect(outcome.errors == "adaroute: standard output: cannot be written: No space left on device\n")
  }
}
