import Foundation
import Safetensors
import Tensors
import Testing

/// Checkpoints of the authors' code against the backbones that they were trained on: what was trained becomes the
/// delta, and base and delta give the checkpoint's model.
@Suite struct BaseDeltaTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @discardableResult
  func adaroute(_ arguments: String...) throws -> String {
    let outcome = try Tool.run(arguments)
    #expect(outcome.code == 0, "\(arguments): \(outcome.errors)")
    return outcome.output
  }

  func tensors(_ fixture: String) throws -> [String: Tensor] {
    let file = try SafetensorsFile(path: Tool.fixtures.appending(path: "\(fixture)/model.safetensors").path)
    return try Dictionary(uniqueKeysWithValues: file.names.map { ($0, try file.tensor(named: $0)) })
  }

  static func isGraft(_ name: String) -> Bool { name.contains("adapter") || name.contains("peft_params") }

  /// Converts tensors with a fixture's configuration.
  func convert(_ tensors: [String: Tensor], like fixture: String, as name: String) throws {
    try write(tensors, to: folder.file("\(name).safetensors"))
    try adaroute(
      "convert", folder.file("\(name).safetensors"), "--config", "fixtures/\(fixture)/case.json", "-o",
      folder.file(name))
  }

  /// Delta of grafted on base, applied to base: the report, and whether it runs to the grafted model's bits.
  func ship(_ fixture: String) throws -> String {
    let report = try adaroute(
      "delta", "create", "--base", folder.file("base"), folder.file("grafted"), "-o", folder.file("d.ardelta"))
    try adaroute("delta", "apply", folder.file("base"), folder.file("d.ardelta"), "-o", folder.file("applied"))
    let input = "fixtures/\(fixture)/io.safetensors"
    for name in ["applied", "grafted"] {
      try adaroute("run", folder.file(name), "--input", input, "--routes", "-o", folder.file("\(name).out"))
    }
    #expect(try bytes(folder.file("applied.out")) == bytes(folder.file("grafted.out")))
    // What was applied can be shipped again without the base at hand.
    try adaroute("delta", "create", folder.file("applied"), "-o", folder.file("again.ardelta"))
    #expect(try bytes(folder.file("again.ardelta")) == bytes(folder.file("d.ardelta")))
    try adaroute("delta", "verify", folder.file("d.ardelta"), "--base", folder.file("base"))
    return report
  }

  func baseDigest(_ name: String) throws -> String {
    let report = try adaroute("inspect", folder.file(name), "--json")
    return try #require(report.split(separator: "\n").first { $0.contains("baseDigest") }).description
  }

  /// The checkpoint without its graft is the frozen base, tensor for tensor.
  @Test(arguments: ["parax_vit_conv357", "parax_convnext_tokens"]) func thePlainBaseIsTheOneTrainedOn(
    _ fixture: String
  ) throws {
    let all = try tensors(fixture)
    try convert(all.filter { !Self.isGraft($0.key) }, like: fixture, as: "base")
    let configuration = "fixtures/\(fixture)/case.json"
    let report = try adaroute(
      "convert", "fixtures/\(fixture)", "--config", configuration, "--no-graft", "-o", folder.file("plain"))
    #expect(report.contains("part of a graft, left out") && !report.contains("the model is grafted"))
    try adaroute("convert", "fixtures/\(fixture)", "--config", configuration, "-o", folder.file("grafted"))
    let digests = try ["base", "plain", "grafted"].map { try baseDigest($0) }
    #expect(Set(digests).count == 1)
    _ = try ship(fixture)
    try adaroute("delta", "create", folder.file("grafted"), "-o", folder.file("own.ardelta"))
    #expect(try bytes(folder.file("own.ardelta")) == bytes(folder.file("d.ardelta")))
  }

  @Test func trainedNormsAreShipped() throws {
    let fixture = "parax_convnext_conv357"
    let all = try tensors(fixture)
    try convert(all, like: fixture, as: "grafted")
    var plain = all.filter { !Self.isGraft($0.key) && !$0.key.hasPrefix("extra_norm") }
    try convert(plain, like: fixture, as: "base")
    #expect(try ship(fixture).contains("8 tensors that"))
    // A classifier of the base that the task has no use for.
    plain["norm.weight"] = Tensor([Float](repeating: 1, count: 64), shape: [64])
    plain["norm.bias"] = Tensor([Float](repeating: 0, count: 64), shape: [64])
    plain["head.weight"] = Tensor([Float](repeating: 0.5, count: 640), shape: [10, 64])
    plain["head.bias"] = Tensor([Float](repeating: 0, count: 10), shape: [10])
    try convert(plain, like: fixture, as: "base")
    let report = try ship(fixture)
    #expect(report.contains("left out   head.bias, head.weight, norm.bias, norm.weight"))
    #expect(try SafetensorsFile(path: folder.file("applied.out")).contains("stage3"))
  }

  @Test(arguments: [10, 7]) func aTrainedHeadIsShipped(_ classes: Int) throws {
    let fixture = "parax_vit_conv357"
    let all = try tensors(fixture)
    try convert(all.filter { !Self.isGraft($0.key) }, like: fixture, as: "base")
    var trained = all
    trained["head.weight"] = Tensor((0..<classes * 48).map { Float($0 % 13) / 13 }, shape: [classes, 48])
    trained["head.bias"] = Tensor([Float](repeating: 0.25, count: classes), shape: [classes])
    try convert(trained, like: fixture, as: "grafted")
    let report = try ship(fixture)
    #expect(report.contains("2 tensors of heads and norms that were trained: head.bias, head.weight"))
    #expect(!report.contains("not frozen"))
  }

  /// The delta still gives the model, and the report says that the backbone was not frozen.
  @Test func aTrainedBackboneIsTold() throws {
    let fixture = "parax_vit_conv357"
    let all = try tensors(fixture)
    try convert(all.filter { !Self.isGraft($0.key) }, like: fixture, as: "base")
    var trained = all
    trained["blocks.1.norm1.bias"] = Tensor([Float](repeating: 0.5, count: 48), shape: [48])
    try convert(trained, like: fixture, as: "grafted")
    #expect(try ship(fixture).contains("the backbone was not frozen: 1 of its tensors differ"))
  }

  /// The file that training code saves gives the delta that its tensors give.
  @Test func aTrainingCheckpointIsShipped() throws {
    let fixture = "parax_vit_conv357"
    try convert(tensors(fixture).filter { !Self.isGraft($0.key) }, like: fixture, as: "base")
    try adaroute(
      "convert", "fixtures/\(fixture)/checkpoint.pth", "--config", "fixtures/\(fixture)/case.json", "-o",
      folder.file("grafted"))
    _ = try ship(fixture)
  }

  /// The same numbers with another number of heads are another network.
  @Test func otherOperatorsAreRefused() throws {
    let fixture = "parax_vit_conv357"
    try convert(tensors(fixture), like: fixture, as: "grafted")
    try adaroute("delta", "create", folder.file("grafted"), "-o", folder.file("d.ardelta"))
    let configuration = try String(decoding: fixtureBytes(fixture), as: UTF8.self)
      .replacing(#""num_heads": 3"#, with: #""num_heads": 4"#)
    let changed = try folder.write("case.json", configuration.utf8)
    try adaroute("convert", "fixtures/\(fixture)", "--config", changed, "--no-graft", "-o", folder.file("base"))
    let outcome = try Tool.run([
      "delta", "apply", folder.file("base"), folder.file("d.ardelta"), "-o", folder.file("x"),
    ])
    #expect(outcome.code == 78)
    #expect(
      outcome.errors == "adaroute: \(folder.file("d.ardelta")): made for another network than \(folder.file("base")): "
        + "the tensors are the same, but not the operators or their settings; convert the base's checkpoint again "
        + "with the configuration that it was trained with\n")
    let created = try Tool.run([
      "delta", "create", "--base", folder.file("base"), folder.file("grafted"), "-o", folder.file("x"),
    ])
    #expect(created.code == 78)
    #expect(
      created.errors == "adaroute: \(folder.file("grafted")): not the network of \(folder.file("base")) with a graft, "
        + "heads and norms: the operators or their settings differ\n")
    #expect(try !folder.names.contains("x"))
  }

  private func fixtureBytes(_ name: String) throws -> [UInt8] { try fixture("\(name)/case.json") }
}
