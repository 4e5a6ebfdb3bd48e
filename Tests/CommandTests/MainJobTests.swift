import Foundation
import Images
import Safetensors
import Tensors
import Testing

/// Convert, graft, ship, run: the tool's main job as a user does it.
@Suite struct MainJobTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs the tool and expects success; returns its report.
  @discardableResult
  func adaroute(_ arguments: String...) throws -> String {
    let outcome = try Tool.run(arguments)
    #expect(outcome.code == 0, "\(arguments): \(outcome.errors)")
    #expect(outcome.errors == "")
    return outcome.output
  }

  func logits(_ path: String) throws -> [Float] {
    try #require(try SafetensorsFile(path: path).tensor(named: "logits").scalars())
  }

  func reference(_ fixture: String) throws -> [Float] {
    try logits(Tool.root.appending(path: "fixtures/\(fixture)/io.safetensors").path)
  }

  func differs(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
  }

  /// Base, graft, delta: `base.adaroute`, `grafted.adaroute`, `task.ardelta`.
  func ship() throws {
    try adaroute("convert", "fixtures/timm_vit", "-o", folder.file("base.adaroute"))
    try adaroute(
      "graft", folder.file("base.adaroute"), "-o", folder.file("grafted.adaroute"), "--weights",
      "fixtures/graft_timm_vit/graft.safetensors")
    try adaroute("delta", "create", folder.file("grafted.adaroute"), "-o", folder.file("task.ardelta"))
  }

  @Test func baseAndDeltaGiveTheGraftedModelBitForBit() throws {
    try ship()
    let input = "fixtures/graft_timm_vit/io.safetensors"
    let (base, delta) = (folder.file("base.adaroute"), folder.file("task.ardelta"))
    try adaroute("run", folder.file("grafted.adaroute"), "--input", input, "-o", folder.file("grafted"), "--routes")
    try adaroute("run", base, "--delta", delta, "--input", input, "-o", folder.file("hot"), "--routes")
    try adaroute("delta", "apply", base, delta, "-o", folder.file("applied.adaroute"))
    #expect(try differs(logits(folder.file("hot")), reference("graft_timm_vit")) <= 2e-5)
    #expect(try bytes(folder.file("hot")) == bytes(folder.file("grafted")))
    #expect(try bytes(folder.file("applied.adaroute")) == bytes(folder.file("grafted.adaroute")))
    #expect(try SafetensorsFile(path: folder.file("hot")).names.filter { $0.hasPrefix("routing.") }.count == 3)
  }

  @Test func reportsCount() throws {
    try ship()
    let created = try adaroute("delta", "inspect", folder.file("task.ardelta"), "--json")
    #expect(created.contains(#""parameters" : 9306"#))
    #expect(created.contains(#""buffers" : 15"#))
    let verified = try adaroute("delta", "verify", folder.file("task.ardelta"), "--base", folder.file("base.adaroute"))
    #expect(verified.contains("68 tensors are whole; fits"))
    let shown = try adaroute("inspect", folder.file("grafted.adaroute"), "--tensors", "--graph")
    #expect(shown.contains("sites      3: tokens, 1 before a grid of floor((H)/8)xfloor((W)/8)"))
    #expect(shown.contains("graft      adaroute, 68 tensors"))
    #expect(shown.contains("blocks.2.adapter.router.2.weight"))
    #expect(shown.contains("heads=3"))
  }

  @Test(arguments: ["timm_vit", "timm_vit_gap", "hf_vit", "hf_vit_sharded"])
  func convertedModelsGiveTheReference(_ fixture: String) throws {
    let report = try adaroute("convert", "fixtures/\(fixture)", "-o", folder.file("m.adaroute"), "--json")
    #expect(report.contains(#""family" : "vit""#))
    try adaroute(
      "run", folder.file("m.adaroute"), "--input", "fixtures/\(fixture)/io.safetensors", "-o", folder.file("out"))
    #expect(try differs(logits(folder.file("out")), reference(fixture)) <= 2e-5)
  }

  /// Every exporter's model of one network, as it is and with the network's graft.
  @Test(arguments: [
    "onnx_timm_vit_op12", "onnx_timm_vit_op14", "onnx_timm_vit_op17", "onnx_timm_vit_op17_external",
    "onnx_timm_vit_dynamo18", "onnx_timm_vit_dynamo20", "onnx_timm_vit_dynamo23",
  ])
  func exportersAgree(_ name: String) throws {
    let report = try adaroute("convert", "fixtures/\(name)", "-o", folder.file("m.adaroute"))
    #expect(report.contains("3 sites"))
    let output = try adaroute(
      "run", folder.file("m.adaroute"), "--input", "fixtures/\(name)/io.safetensors", "-o", folder.file("out"))
    #expect(output.contains("probability"))
    let expected: [Float]? = try SafetensorsFile(
      path: Tool.root.appending(path: "fixtures/\(name)/io.safetensors").path
    ).tensor(named: "output").scalars()
    let found: [Float]? = try SafetensorsFile(path: folder.file("out")).tensor(named: "output").scalars()
    #expect(try differs(#require(found), #require(expected)) <= 2e-5)
    try adaroute(
      "graft", folder.file("m.adaroute"), "-o", folder.file("g.adaroute"), "--weights",
      "fixtures/graft_timm_vit/graft.safetensors")
    try adaroute(
      "run", folder.file("g.adaroute"), "--input", "fixtures/graft_timm_vit/io.safetensors", "-o", folder.file("out"))
    let grafted: [Float]? = try SafetensorsFile(path: folder.file("out")).tensor(named: "output").scalars()
    #expect(try differs(#require(grafted), reference("graft_timm_vit")) <= 2e-5)
    try adaroute("delta", "create", folder.file("g.adaroute"), "-o", folder.file("d.ardelta"))
    try adaroute(
      "run", folder.file("m.adaroute"), "--delta", folder.file("d.ardelta"), "--input",
      "fixtures/graft_timm_vit/io.safetensors", "-o", folder.file("hot"))
    #expect(try bytes(folder.file("hot")) == bytes(folder.file("out")))
  }

  /// The authors' state dict becomes a grafted model, whose delta on its own base gives it back.
  @Test func theAuthorsCheckpointIsGrafted() throws {
    let name = "parax_vit_conv357"
    let report = try adaroute(
      "convert", "fixtures/\(name)/model.safetensors", "--config", "fixtures/\(name)/case.json", "-o",
      folder.file("m.adaroute"))
    #expect(report.contains("the model is grafted"))
    try adaroute(
      "run", folder.file("m.adaroute"), "--input", "fixtures/\(name)/io.safetensors", "-o", folder.file("out"))
    #expect(try differs(logits(folder.file("out")), reference(name)) <= 2e-5)
    try adaroute("delta", "create", folder.file("m.adaroute"), "-o", folder.file("d.ardelta"))
  }

  /// The file that training code saves gives the model that its tensors as safetensors give.
  @Test func theAuthorsPyTorchFileIsTheirSafetensorsFile() throws {
    let name = "parax_vit_conv357"
    let (path, input) = ("fixtures/\(name)/checkpoint.pth", "fixtures/\(name)/io.safetensors")
    let report = try adaroute(
      "convert", path, "--config", "fixtures/\(name)/case.json", "-o", folder.file("m.adaroute"))
    #expect(report.contains("56 tensors mapped, 0 known to be unused"))
    #expect(report.contains("68 tensors of an AdaRoute graft: the model is grafted"))
    try adaroute("run", folder.file("m.adaroute"), "--input", input, "-o", folder.file("out"))
    #expect(try differs(logits(folder.file("out")), reference(name)) <= 2e-5)
    try adaroute("run", path, "--config", "fixtures/\(name)/case.json", "--input", input, "-o", folder.file("direct"))
    #expect(try bytes(folder.file("direct")) == bytes(folder.file("out")))
    try adaroute("delta", "create", folder.file("m.adaroute"), "-o", folder.file("d.ardelta"))

    let other = "fixtures/\(name)/model.safetensors"
    try adaroute("convert", other, "--config", "fixtures/\(name)/case.json", "-o", folder.file("s.adaroute"))
    let (a, b) = (
      try SafetensorsFile(path: folder.file("m.adaroute")), try SafetensorsFile(path: folder.file("s.adaroute"))
    )
    #expect(a.names == b.names)
    for name in a.names where name != "adaroute.model" {
      #expect(
        try a.withBytes(named: name) { Array($0) } == b.withBytes(named: name) { Array($0) }, "\(name)")
    }
  }

  /// Adapters alone are taken from a whole checkpoint as from a file of their own.
  @Test func adaptersComeFromAPyTorchFile() throws {
    for weights in ["checkpoint.pth", "model.safetensors"] {
      try adaroute(
        "graft", "fixtures/timm_vit", "--weights", "fixtures/parax_vit_conv357/\(weights)", "-o",
        folder.file("\(weights).adaroute"))
    }
    #expect(
      try bytes(folder.file("checkpoint.pth.adaroute")) == bytes(folder.file("model.safetensors.adaroute")))
  }

  /// Of a whole detector's checkpoint the backbone is taken, and every other tensor accounted for.
  @Test func aDetectorsBackboneIsTaken() throws {
    let data = try bytes(Tool.fixtures.appending(path: "torch/mmcv_vit.pth").path)
    _ = try folder.write("pytorch_model.bin", data)
    _ = try folder.write("config.json", fixture("timm_vit_gap/config.json"))
    let report = try adaroute("convert", folder.path, "-o", folder.file("m.adaroute"))
    #expect(report.contains("30 tensors mapped, 3 known to be unused"))
    #expect(report.contains("decode_head.conv_seg.weight: belongs to the decode head: not part of the backbone"))
    try adaroute(
      "run", folder.file("m.adaroute"), "--input", "fixtures/timm_vit_gap/io.safetensors", "-o", folder.file("out"))
    #expect(try differs(logits(folder.file("out")), reference("timm_vit_gap")) <= 2e-5)
    let shown = try adaroute("inspect", folder.path, "--tensors")
    #expect(shown.contains("pytorch, 33 tensors") && shown.contains("meta.epoch: 160"))
    #expect(shown.contains("backbone.blocks.0.attn.qkv.weight"))
    let measured = try adaroute(
      "bench", folder.file("pytorch_model.bin"), "--config", folder.file("config.json"), "--seconds", "0.01")
    #expect(measured.contains("images/s"))
  }

  @Test func aFreshGraftLeavesTheOutputs() throws {
    try adaroute("convert", "fixtures/timm_vit", "-o", folder.file("base.adaroute"))
    for (seed, kernels) in [("0", "3,5,7"), ("1", "3"), ("2", "")] {
      try adaroute(
        "graft", folder.file("base.adaroute"), "-o", folder.file("g.adaroute"), "--rank", "8", "--kernels", kernels,
        "--router-hidden", "4", "--seed", seed)
      try adaroute(
        "run", folder.file("g.adaroute"), "--input", "fixtures/timm_vit/io.safetensors", "-o", folder.file("out"))
      #expect(try differs(logits(folder.file("out")), reference("timm_vit")) <= 2e-5)
    }
    try adaroute(
      "graft", folder.file("base.adaroute"), "-o", folder.file("p.adaroute"), "--init", "paper", "--config",
      "fixtures/graft_timm_vit/case.json")
    #expect(try adaroute("inspect", folder.file("p.adaroute")).contains(#""rank":8"#))
  }

  /// Matrices rounded to half precision move the outputs by little, and the file is little over half as large.
  @Test(arguments: [("f16", Float(5e-3)), ("bf16", 5e-2)]) func smallerFiles(_ type: String, _ bound: Float) throws {
    try adaroute("convert", "fixtures/timm_vit", "-o", folder.file("f32.adaroute"))
    try adaroute("convert", "fixtures/timm_vit", "-o", folder.file("half.adaroute"), "--dtype", type)
    let (wide, narrow) = (try bytes(folder.file("f32.adaroute")).count, try bytes(folder.file("half.adaroute")).count)
    #expect(narrow < wide * 6 / 10)
    try adaroute(
      "run", folder.file("half.adaroute"), "--input", "fixtures/timm_vit/io.safetensors", "-o", folder.file("out"))
    let moved = try differs(logits(folder.file("out")), reference("timm_vit"))
    #expect(moved > 0 && moved <= bound)
  }

  /// What `run --image` computes is what the prepared pixels give as a tensor, alone and in a batch.
  @Test func imagesArePreparedAsTheCheckpointStates() throws {
    try adaroute("convert", "fixtures/hf_vit", "-o", folder.file("m.adaroute"))
    let images = ["rgb.jpg", "rgba-8.png", "exif-6.jpg"].map { "fixtures/images/decoding/\($0)" }
    let outcome = try Tool.run(
      ["run", folder.file("m.adaroute"), "--image"] + images + ["-o", folder.file("images"), "--json"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let configuration = try Data(contentsOf: Tool.root.appending(path: "fixtures/hf_vit/preprocessor_config.json"))
    let preprocessing = try configuration.withUnsafeBytes { try Preprocessing(transformers: $0) }
    var batch: [Float] = []
    for image in images {
      batch += try preprocessing.tensor(from: RGBImage(path: Tool.root.appending(path: image).path)).values
    }
    let side = Int((Double(batch.count) / 9).squareRoot())
    let tensor = Tensor(batch, shape: Shape([3, 3, side, side]))
    try SafetensorsWriter.write(
      path: folder.file("in.safetensors"), tensors: [.init(name: "input", type: .float32, shape: tensor.shape)]
    ) { _ in tensor }
    try adaroute(
      "run", folder.file("m.adaroute"), "--input", folder.file("in.safetensors"), "-o", folder.file("tensor"))
    #expect(try logits(folder.file("images")) == logits(folder.file("tensor")))
    for image in images { #expect(outcome.output.contains(#""name" : "\#(image)""#)) }
  }

  @Test func labelsAreShown() throws {
    let labels = (0..<10).map { "class \($0)" }
    let file = try folder.write("labels.txt", labels.joined(separator: "\n").utf8)
    try adaroute("convert", "fixtures/hf_vit", "-o", folder.file("m.adaroute"), "--labels", file)
    let report = try adaroute(
      "run", folder.file("m.adaroute"), "--image", "fixtures/images/decoding/rgb.jpg", "--top-k", "10")
    for label in labels { #expect(report.contains(label)) }
    try adaroute(
      "graft", folder.file("m.adaroute"), "--rank", "4", "--kernels", "3", "-o", folder.file("g.adaroute"))
    try adaroute("delta", "create", folder.file("g.adaroute"), "-o", folder.file("d.ardelta"))
    try adaroute("convert", "fixtures/hf_vit", "-o", folder.file("bare.adaroute"))
    let shipped = try adaroute(
      "run", folder.file("bare.adaroute"), "--delta", folder.file("d.ardelta"), "--image",
      "fixtures/images/decoding/rgb.jpg")
    #expect(shipped.contains("class 9"))
  }

  /// The same command gives the same bytes.
  @Test func filesAreReproducible() throws {
    try ship()
    let first = try ["base.adaroute", "grafted.adaroute", "task.ardelta"].map { try bytes(folder.file($0)) }
    try ship()
    #expect(try ["base.adaroute", "grafted.adaroute", "task.ardelta"].map { try bytes(folder.file($0)) } == first)
  }
}
