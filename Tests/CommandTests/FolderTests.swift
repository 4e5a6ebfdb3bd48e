import Foundation
import Safetensors
import Testing

/// Checkpoint folders as libraries and training runs leave them.
@Suite struct FolderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func tensors(_ path: String) throws -> [String: Data] {
    let file = try SafetensorsFile(path: path)
    var bytes: [String: Data] = [:]
    for name in file.names where name != "adaroute.model" {
      bytes[name] = try file.withBytes(named: name) { Data($0) }
    }
    return bytes
  }

  private func convert(_ source: String, _ output: String) throws {
    let outcome = try Tool.run(["convert", source, "-o", folder.file(output)])
    #expect(outcome.code == 0, "\(outcome.errors)")
  }

  /// The same tensors in shards of PyTorch and in shards of safetensors: the same bytes.
  @Test func pyTorchShards() throws {
    try convert("fixtures/torch_sharded", "torch.adaroute")
    try convert("fixtures/torch_sharded/pytorch_model.bin.index.json", "index.adaroute")
    try convert("fixtures/hf_vit_sharded", "safetensors.adaroute")
    let expected = try tensors(folder.file("safetensors.adaroute"))
    #expect(try tensors(folder.file("torch.adaroute")) == expected)
    #expect(try tensors(folder.file("index.adaroute")) == expected)
    let outcome = try Tool.run([
      "verify", folder.file("torch.adaroute"), "--golden", "fixtures/hf_vit_sharded/io.safetensors",
    ])
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
  }

  @Test func aShardThatLacksATensorIsRefused() throws {
    let copy = folder.file("copy")
    try FileManager.default.copyItem(
      atPath: Tool.fixtures.appending(path: "torch_sharded").path, toPath: copy)
    let shards = try FileManager.default.contentsOfDirectory(atPath: copy).filter { $0.hasSuffix(".bin") }.sorted()
    #expect(shards.count >= 2)
    try FileManager.default.removeItem(atPath: copy + "/" + shards[1])
    try FileManager.default.copyItem(atPath: copy + "/" + shards[0], toPath: copy + "/" + shards[1])
    let twice = try Tool.run(["convert", copy, "-o", folder.file("out")])
    #expect(twice.code == 65 && twice.errors.contains(shards[1]), "\(twice.errors)")
    try FileManager.default.removeItem(atPath: copy + "/" + shards[1])
    let missing = try Tool.run(["convert", copy, "-o", folder.file("out")])
    #expect(missing.code != 0 && missing.errors.contains(shards[1]), "\(missing.errors)")
  }

  /// One checkpoint of any name beside its config.json, with what training leaves.
  @Test(arguments: ["epoch_7.pth", "weights.safetensors"]) func oneCheckpointOfAnyName(_ name: String) throws {
    let run = folder.file("run")
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
    let source = name.hasSuffix("pth") ? "checkpoint.pth" : "model.safetensors"
    let fixture = Tool.fixtures.appending(path: "parax_vit_conv357")
    try FileManager.default.copyItem(atPath: fixture.appending(path: source).path, toPath: run + "/" + name)
    try FileManager.default.copyItem(atPath: fixture.appending(path: "case.json").path, toPath: run + "/config.json")
    for leftover in ["optimizer.pt", "training_args.bin", "rng_state_0.pth", "log.txt"] {
      try Data([0]).write(to: URL(filePath: run + "/" + leftover))
    }
    try convert(run, "a.adaroute")
    let outcome = try Tool.run([
      "verify", folder.file("a.adaroute"), "--golden", "fixtures/parax_vit_conv357/io.safetensors",
    ])
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
  }
}
