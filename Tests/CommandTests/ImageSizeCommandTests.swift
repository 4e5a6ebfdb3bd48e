import Foundation
import Safetensors
import Tensors
import Testing

/// One converted file serves every image size.
@Suite struct ImageSizeCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @discardableResult
  private func adaroute(_ arguments: String...) throws -> String {
    let outcome = try Tool.run(arguments)
    #expect(outcome.code == 0, "\(arguments): \(outcome.errors)")
    return outcome.output
  }

  private func reference(_ name: String) throws -> Tensor {
    try SafetensorsFile(path: Tool.fixtures.appending(path: "image_sizes/io.safetensors").path).tensor(named: name)
  }

  private func write(_ tensors: [String: Tensor], to path: String) throws {
    let declarations = tensors.map {
      SafetensorsWriter.Declaration(name: $0.key, type: SafetensorsType($0.value.type), shape: $0.value.shape)
    }
    let writer = try SafetensorsWriter(path: path, tensors: declarations)
    for declaration in writer.order { if let tensor = tensors[declaration.name] { try writer.append(tensor) } }
    try writer.commit()
  }

  @Test(arguments: ["timm_vit", "hf_dinov2", "timm_beit"]) func oneFileServesAllSizes(_ name: String) throws {
    let model = folder.file("m.adaroute")
    try adaroute("convert", "fixtures/\(name)", "-o", model)
    let sizes = name == "hf_dinov2" ? ["49x63", "21x14", "53x34"] : ["56x72", "24x16", "64x16"]
    for size in sizes {
      try write(
        ["input": reference("input.\(size)"), "logits": reference("\(name).\(size).logits")],
        to: folder.file("golden"))
      try adaroute("verify", model, "--golden", folder.file("golden"))
    }
    try adaroute("verify", model, "--golden", "fixtures/\(name)/io.safetensors")
  }

  /// The export is for one size: its positions are in the file, resized.
  @Test(arguments: [("timm_vit", 40), ("timm_beit", 32), ("hf_beit", 32)])
  func anExportIsForOneSize(_ name: String, _ own: Int) throws {
    let exported = folder.file("m.onnx")
    try adaroute("export", "fixtures/\(name)", "--image-size", "56x72", "-o", exported)
    #expect(try adaroute("inspect", exported).contains("[N, 3, 56, 72]"))
    try write(
      ["input": reference("input.56x72"), "logits": reference("\(name).56x72.logits")], to: folder.file("golden"))
    try adaroute("verify", exported, "--golden", folder.file("golden"))
    try adaroute("export", "fixtures/\(name)", "-o", exported)
    #expect(try adaroute("inspect", exported).contains("[N, 3, \(own), \(own)]"))
    try adaroute("verify", exported, "--golden", "fixtures/\(name)/io.safetensors")
  }

  @Test func imagesArePreparedToTheSize() throws {
    let image = "fixtures/images/decoding/rgb.jpg"
    for (size, tokens) in [("40x40", 26), ("56x72", 64), ("64x16", 17)] {
      try adaroute(
        "run", "fixtures/timm_vit", "--image", image, "--image-size", size, "-o", folder.file(size))
      #expect(try SafetensorsFile(path: folder.file(size)).entry(named: "features")?.shape == [1, tokens, 48])
    }
    try adaroute("run", "fixtures/timm_vit", "--image", image, "-o", folder.file("own"))
    #expect(try bytes(folder.file("own")) == bytes(folder.file("40x40")))
    try adaroute("run", "fixtures/hf_swin", "--image", image, "--image-size", "50x38", "-o", folder.file("swin"))
  }

  @Test func benchTakesTheModelsOwnSizeOrAnother() throws {
    let own = try adaroute("bench", "fixtures/timm_vit", "--seconds", "0.01", "--json")
    #expect(own.contains("median_ms"))
    for option in ["--size", "--image-size"] {
      try adaroute("bench", "fixtures/timm_vit", "--seconds", "0.01", option, "24x16")
    }
  }

  @Test(arguments: [
    ["run", "fixtures/timm_vit", "--image", "x.jpg", "--image-size", "224"],
    ["run", "fixtures/timm_vit", "--image", "x.jpg", "--image-size", "0x224"],
    ["run", "fixtures/timm_vit", "--image", "x.jpg", "--image-size", "1x2x3"],
    ["run", "fixtures/timm_vit", "--input", "x.safetensors", "--image-size", "40x40"],
    ["bench", "fixtures/timm_vit", "--image-size", "40x"],
    ["export", "fixtures/timm_vit", "-o", "x.onnx", "--image-size", "-4x4"],
    ["export", "fixtures/timm_vit", "-o", "x.safetensors", "--image-size", "40x40"],
  ])
  func wrongCommandLines(_ arguments: [String]) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.code == 64 && outcome.output == "", "\(outcome.errors)")
    #expect(outcome.errors.contains("image-size") || outcome.errors.contains("--size"))
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }
}
