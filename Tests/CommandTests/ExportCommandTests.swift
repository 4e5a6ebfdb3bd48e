import Foundation
import Safetensors
import Tensors
import Testing

/// `export` writes what the authors' code loads, and what comes back is what went out.
@Suite struct ExportCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @discardableResult
  func adaroute(_ arguments: String...) throws -> String {
    let outcome = try Tool.run(arguments)
    #expect(outcome.code == 0, "\(arguments): \(outcome.errors)")
    return outcome.output
  }

  static let authors = [
    "parax_vit_conv357", "parax_vit_conv3", "parax_vit_tokens", "parax_convnext_conv357", "parax_convnext_tokens",
    "parax_swin_conv357",
  ]

  func expectSameTensors(_ a: String, _ b: String) throws {
    let (a, b) = (try SafetensorsFile(path: a), try SafetensorsFile(path: b))
    #expect(a.names == b.names)
    for name in a.names where b.contains(name) {
      #expect(a.entry(named: name)?.shape == b.entry(named: name)?.shape, "\(name)")
      #expect(a.entry(named: name)?.type == b.entry(named: name)?.type, "\(name)")
      #expect(try a.withBytes(named: name) { Array($0) } == b.withBytes(named: name) { Array($0) }, "\(name)")
    }
  }

  /// Nothing missing, nothing unexpected, every byte the same; and converted again, the same file.
  @Test(arguments: authors) func theAuthorsStateDictComesBack(_ name: String) throws {
    let configuration = "fixtures/\(name)/case.json"
    try adaroute("convert", "fixtures/\(name)", "--config", configuration, "-o", folder.file("model.adaroute"))
    try adaroute("export", folder.file("model.adaroute"), "--names", "parax", "-o", folder.file("model.safetensors"))
    try expectSameTensors(
      folder.file("model.safetensors"), Tool.fixtures.appending(path: "\(name)/model.safetensors").path)
    let again = folder.file("again.adaroute")
    try adaroute("convert", folder.file("model.safetensors"), "--config", configuration, "-o", again)
    let metadata = "adaroute.model"
    let (first, second) = (try SafetensorsFile(path: folder.file("model.adaroute")), try SafetensorsFile(path: again))
    #expect(first.names == second.names)
    for tensor in first.names where tensor != metadata {
      #expect(
        try first.withBytes(named: tensor) { Array($0) } == second.withBytes(named: tensor) { Array($0) }, "\(tensor)")
    }
  }

  /// A graft on timm's network under the authors' names computes what it computed.
  @Test(arguments: [
    ("timm_vit", "graft_timm_vit", "parax_vit_conv357"), ("hf_vit", "graft_hf_vit", "parax_vit_conv357"),
  ])
  func otherNamesAreMapped(_ base: String, _ graft: String, _ configuration: String) throws {
    let input = "fixtures/\(graft)/io.safetensors"
    try adaroute(
      "export", "fixtures/\(base)", "--weights", "fixtures/\(graft)/graft.safetensors", "--names", "parax", "-o",
      folder.file("a.safetensors"))
    let (file, theirs) = (
      try SafetensorsFile(path: folder.file("a.safetensors")),
      try SafetensorsFile(path: Tool.fixtures.appending(path: "\(configuration)/model.safetensors").path)
    )
    #expect(file.names == theirs.names)
    for name in theirs.names { #expect(file.entry(named: name)?.shape == theirs.entry(named: name)?.shape, "\(name)") }
    let outcome = try Tool.run([
      "verify", folder.file("a.safetensors"), "--config", "fixtures/\(configuration)/case.json", "--golden", input,
      "--tolerance", base == "timm_vit" ? "2e-5" : "1",
    ])
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
  }

  @Test(arguments: ["timm_convnext", "hf_convnext"]) func convolutionalNetworksAreMapped(_ name: String) throws {
    try adaroute("export", "fixtures/\(name)", "--names", "parax", "-o", folder.file("a.safetensors"))
    let file = try SafetensorsFile(path: folder.file("a.safetensors"))
    let source = try SafetensorsFile(path: Tool.fixtures.appending(path: "\(name)/model.safetensors").path)
    #expect(file.names.count == source.names.count)
    #expect(file.contains("stages.0.0.pwconv1.weight") && file.contains("downsample_layers.1.1.weight"))
    try adaroute(
      "verify", folder.file("a.safetensors"), "--config", "fixtures/parax_convnext_conv357/case.json", "--golden",
      "fixtures/\(name)/io.safetensors", "--tolerance", "1")
  }

  /// timm's and transformers' Swin under the authors' names, joint projections, indices and all, compute what they did.
  @Test(arguments: ["timm_swin", "hf_swin"]) func swinIsMapped(_ name: String) throws {
    try adaroute("export", "fixtures/\(name)", "--names", "parax", "-o", folder.file("a.safetensors"))
    let file = try SafetensorsFile(path: folder.file("a.safetensors"))
    #expect(file.entry(named: "layers.0.blocks.1.attn.qkv.weight")?.shape == [48, 16])
    #expect(file.entry(named: "layers.2.blocks.1.attn.relative_position_index")?.shape == [16, 16])
    try Data(#"{"image_size": 64, "window_size": 4, "layer_norm_eps": 1e-5}"#.utf8)
      .write(to: URL(filePath: folder.file("config.json")))
    let outcome = try Tool.run([
      "verify", folder.file("a.safetensors"), "--golden", "fixtures/\(name)/io.safetensors", "--json",
    ])
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
  }

  @Test func theOwnNamesAreTheModels() throws {
    try adaroute("export", "fixtures/timm_vit", "-o", folder.file("a.safetensors"))
    try expectSameTensors(
      folder.file("a.safetensors"), Tool.fixtures.appending(path: "timm_vit/model.safetensors").path)
  }

  /// One file from base and delta; our own reader takes it, and it answers as the graft does.
  @Test func aGraftBecomesONNX() throws {
    try shipTask(folder)
    let file = folder.file("m.onnx")
    let report = try adaroute(
      "export", folder.file("b.adaroute"), "--delta", folder.file("d.ardelta"), "-o", file, "--json")
    #expect(report.contains(#""logits" : "f32 [N, 10]""#) && report.contains(#""opset" : 17"#))
    let shown = try adaroute("inspect", file)
    #expect(shown.contains("adaroute"))
    #expect(
      try bytes(file)
        == {
          try adaroute("export", folder.file("g.adaroute"), "-o", file)
          return try bytes(file)
        }())
  }

  @Test(arguments: [
    ["export", "fixtures/timm_vit", "-o", "x.bin"], ["export", "fixtures/timm_vit", "-o", "x.onnx", "--opset", "16"],
    ["export", "fixtures/timm_vit", "-o", "x.onnx", "--names", "parax"],
    ["export", "fixtures/timm_vit", "-o", "x.safetensors", "--opset", "17"],
    ["export", "fixtures/timm_vit", "-o", "x.safetensors", "--names", "other"], ["export", "fixtures/timm_vit"],
  ])
  func wrongCommandLines(_ arguments: [String]) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.code == 64)
    #expect(outcome.output == "")
  }
}
