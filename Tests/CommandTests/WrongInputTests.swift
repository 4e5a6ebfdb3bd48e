import Foundation
import Safetensors
import Tensors
import Testing

/// Files and command lines that are wrong: each is answered with one sentence and its exit code, and leaves nothing
/// behind. `@` stands for the folder that the case's files are in.
@Suite struct WrongInputTests {
  struct Mistake: Sendable {
    let arguments: [String]
    let message: String
    let code: Int32
    /// Writes the case's files.
    var prepare: @Sendable (TemporaryFolder) throws -> Void = { _ in }
  }

  /// Says all failures at once, so that a change of wording is seen whole.
  @Test(arguments: mistakes.indices) func isAnswered(_ index: Int) throws {
    let mistake = WrongInputTests.mistakes[index]
    let folder = try TemporaryFolder()
    try mistake.prepare(folder)
    let before = try folder.names
    let outcome = try Tool.run(mistake.arguments.map { $0.replacing("@", with: folder.path) })
    #expect(outcome.errors.replacing(folder.path, with: "@") == "adaroute: \(mistake.message)\n")
    #expect(outcome.code == mistake.code)
    #expect(outcome.output == "")
    #expect(try folder.names == before)
  }

  @Test func thereAreManyOfThem() { #expect(WrongInputTests.mistakes.count >= 40) }

  static var mistakes: [Mistake] {
    sources + torch + onnx + configurations + models + grafts + deltas + inputs + goldens + exports + images + outputs
  }

  // MARK: Sources

  private static let convert = ["convert", "@/model.safetensors", "-o", "@/out.adaroute"]

  private static func source(_ message: String, _ code: Int32, _ bytes: [UInt8]) -> Mistake {
    Mistake(arguments: convert, message: "@/model.safetensors: \(message)", code: code) {
      _ = try $0.write("model.safetensors", bytes)
    }
  }

  static let sources: [Mistake] = [
    Mistake(arguments: ["convert", "@/none", "-o", "@/out"], message: "@/none: no such file or folder", code: 66),
    // What a terminal would obey is spelt out.
    Mistake(
      arguments: ["convert", "@/\u{1B}[31mred", "-o", "@/out"],
      message: "@/\\u{1B}[31mred: no such file or folder", code: 66),
    Mistake(
      arguments: ["convert", "@", "-o", "@/out"],
      message: "@: the folder holds none of model.safetensors, model.safetensors.index.json, model.onnx, "
        + "pytorch_model.bin, pytorch_model.bin.index.json", code: 66),
    source("the file is empty", 65, []),
    source(
      "a Git LFS pointer instead of the file itself (oid \"sha256:4d7a2\", size \"346284714\" bytes); run `git lfs pull`",
      65, Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2\nsize 346284714\n".utf8)),
    source(
      "not a safetensors file but an HTML or XML page, probably an error page saved by a download", 65,
      Array("<!DOCTYPE html><html><body>Not found</body></html>".utf8)),
    source(
      "not a safetensors file but a ZIP archive, such as a PyTorch checkpoint", 65,
      Array("PK\u{03}\u{04}\u{00}\u{00}\u{08}\u{08}".utf8) + [UInt8](repeating: 0, count: 60)),
    source("not a safetensors file: at least 8 bytes expected, 3 found", 65, [1, 2, 3]),
    source(
      "a header of at most 100000000 bytes expected, 1099511627776 found", 65, safetensors("{}", claimed: 1 << 40)),
    source("the file is cut off: at least 108 bytes expected, 10 found", 65, safetensors("{}", claimed: 100)),
    source(
      "tensor \"a\": F32 [2] takes 8 bytes, data_offsets span 4", 65,
      safetensors(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, data: 4)),
    source(
      "the file is cut off: at least 66 bytes expected, 64 found", 65,
      safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 2)),
    source(
      "tensor \"a\" is listed twice", 65,
      safetensors(
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        data: 8)),
    source(
      "tensor \"a\": shape [9223372036854775807, 2] has too many elements", 65,
      safetensors(#"{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,4]}}"#, data: 4)),
    source(
      "tensor \"a\": unknown dtype \"Q4\"", 65,
      safetensors(#"{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}"#, data: 4)),
    Mistake(
      arguments: ["convert", "@/model.pth", "-o", "@/out"],
      message: "@/model.pth: a Python pickle, but not one that torch.save writes", code: 65
    ) {
      _ = try $0.write("model.pth", [0x80, 2])
    },
    Mistake(
      arguments: convert, message: "@/model.safetensors: no config.json beside it; name one with --config", code: 66
    ) {
      _ = try $0.write("model.safetensors", fixture("timm_vit/model.safetensors"))
    },
    Mistake(
      arguments: ["convert", "@/model.safetensors.index.json", "-o", "@/out"],
      message:
        "@/model.safetensors.index.json: tensor \"a\": a shard must be a file name in the index's folder, \"../../etc/passwd\" found",
      code: 65
    ) {
      _ = try $0.write(
        "model.safetensors.index.json", Array(#"{"weight_map":{"a":"../../etc/passwd"}}"#.utf8))
    },
  ]

  // MARK: PyTorch

  private static func torch(_ file: String, _ message: String, _ code: Int32) -> Mistake {
    Mistake(
      arguments: ["convert", "fixtures/torch/\(file)", "--config", "fixtures/timm_vit/config.json", "-o", "@/out"],
      message: "fixtures/torch/\(file): \(message)", code: code)
  }

  static let torch: [Mistake] = [
    torch(
      "script.pt",
      "a TorchScript archive, which holds a program: load it with torch.jit.load and save its state_dict() with torch.save",
      69),
    torch(
      "whole_module.pth",
      "the checkpoint refers to code, which is not run here: torch.nn.modules.batchnorm.BatchNorm1d, torch.nn.modules.container.Sequential, torch.nn.modules.linear.Linear; load it in PyTorch and save its state_dict() alone",
      69),
    torch(
      "plain.pth", "no backbone family has tensors named like these 12: bytes, count, empty, head.scale, head.weight",
      69),
    Mistake(
      arguments: ["convert", "fixtures/torch/plain.pth", "-o", "@/out"],
      message: "fixtures/torch/plain.pth: no config.json beside it; name one with --config", code: 66),
    Mistake(
      arguments: ["inspect", "@/a.bin"], message: "@/a.bin: not a PyTorch checkpoint but a safetensors file", code: 65
    ) {
      _ = try $0.write("a.bin", fixture("timm_vit/model.safetensors"))
    },
    Mistake(
      arguments: ["convert", "@/pytorch_model.bin.index.json", "-o", "@/out"],
      message: "@/pytorch_model.bin.index.json: weight_map is missing", code: 65
    ) {
      _ = try $0.write("pytorch_model.bin.index.json", Array("{}".utf8))
    },
    Mistake(
      arguments: ["convert", "@/pytorch_model.bin.index.json", "-o", "@/out"],
      message:
        "@/pytorch_model.bin.index.json: tensor \"a\": a shard must be a file name in the index's folder, \"../a.bin\" found",
      code: 65
    ) {
      _ = try $0.write("pytorch_model.bin.index.json", Array(#"{"weight_map": {"a": "../a.bin"}}"#.utf8))
    },
    Mistake(
      arguments: ["convert", "@/folder", "-o", "@/out"],
      message: "@/folder: the folder holds several checkpoints, name one: a.pth, b.safetensors", code: 64
    ) {
      try FileManager.default.createDirectory(atPath: $0.file("folder"), withIntermediateDirectories: true)
      for name in ["a.pth", "b.safetensors", "notes.txt"] { _ = try $0.write("folder/" + name, [0]) }
    },
  ]

  // MARK: ONNX

  private static func onnx(_ message: String, _ code: Int32, _ bytes: [UInt8]) -> Mistake {
    Mistake(arguments: ["convert", "@/m.onnx", "-o", "@/out"], message: "@/m.onnx: \(message)", code: code) {
      _ = try $0.write("m.onnx", bytes)
    }
  }

  static let onnx: [Mistake] = [
    onnx("the file is empty", 65, []),
    onnx(
      "a Git LFS pointer instead of the file itself (oid \"sha256:1\", size \"5\" bytes); run `git lfs pull`", 65,
      Array("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n".utf8)),
    onnx(
      "not an ONNX model but an HTML or XML page, probably an error page saved by a download", 65, Array("<html>".utf8)),
    onnx("not an ONNX model but a safetensors file", 65, safetensors("{}")),
    onnx(
      "the file is cut off: at least 94 bytes expected, 93 found", 65,
      Array(Proto.model(Proto.node("Relu", ["x"], "y")).dropLast())),
    onnx(
      "node \"b_node\" (Relu) needs its own result: the graph has a cycle", 65,
      Proto.model(Proto.node("Relu", ["a"], "b"), Proto.node("Relu", ["b"], "a"), Proto.node("Relu", ["a"], "y"))),
    onnx(
      "node \"y_node\" (Relu) uses \"none\", which nothing defines", 65, Proto.model(Proto.node("Relu", ["none"], "y"))),
    onnx(
      "operators that are not supported: Warp \"a_node\" (opset 17), com.example.Spin \"b_node\" (opset 1)", 69,
      Proto.model(
        Proto.node("Warp", ["x"], "a"), Proto.node("Spin", ["a"], "b", domain: "com.example"),
        Proto.node("Relu", ["b"], "y"))),
    onnx(
      "the standard operator set: version 7 to 28 expected, 99 found", 69,
      Proto.model(Proto.node("Relu", ["x"], "y"), opset: 99)),
    onnx(
      "Add \"y_node\" (opset 17): binary: axis 1 of b must be 4 or 1, but b is f32 [1, 3]", 65,
      Proto.model(
        Proto.node("Add", ["x", "w"], "y"),
        Proto.tensor("w", dims: [1, 3], fields: Proto.field(9, [UInt8](repeating: 0, count: 12))))),
    onnx(
      "tensor \"w\": f32 [4] takes 16 bytes, 12 found", 65,
      Proto.model(
        Proto.node("Add", ["x", "w"], "y"),
        Proto.tensor("w", dims: [4], fields: Proto.field(9, [UInt8](repeating: 0, count: 12))))),
    onnx(
      "tensor \"w\": COMPLEX64 is not a type to compute with", 69,
      Proto.model(Proto.node("Add", ["x", "w"], "y"), Proto.tensor("w", dims: [4], type: 14, fields: []))),
    onnx(
      "tensor \"w\": external data must be a file in the model's folder, \"../../etc/passwd\" found", 65,
      Proto.model(
        Proto.node("Add", ["x", "w"], "y"),
        Proto.tensor(
          "w", dims: [4],
          fields: Proto.field(14, 1) + Proto.field(13, Proto.field(1, "location") + Proto.field(2, "../../etc/passwd")))
      )),
    onnx(
      "tensor \"w\": external data \"weights.bin\" is missing", 66,
      Proto.model(
        Proto.node("Add", ["x", "w"], "y"),
        Proto.tensor(
          "w", dims: [4],
          fields: Proto.field(14, 1) + Proto.field(13, Proto.field(1, "location") + Proto.field(2, "weights.bin"))))),
    Mistake(
      arguments: ["graft", "@/m.onnx", "-o", "@/out"], message: "@/m.onnx: the model has no site for a graft", code: 69
    ) { _ = try $0.write("m.onnx", Proto.model(Proto.node("Relu", ["x"], "y"))) },
  ]

  // MARK: Configurations and tensors

  /// timm_vit with a changed configuration, or with its tensors changed.
  private static func configured(
    _ message: String, _ code: Int32, config: String? = nil,
    change: @escaping @Sendable (inout [String: Tensor]) -> Void = { _ in }
  ) -> Mistake {
    Mistake(arguments: ["convert", "@", "-o", "@/out"], message: message, code: code) { folder in
      var tensors = try timmTensors()
      change(&tensors)
      try write(tensors, to: folder.file("model.safetensors"))
      let text = try config.map { Array($0.utf8) } ?? fixture("timm_vit/config.json")
      _ = try folder.write("config.json", text)
    }
  }

  static let configurations: [Mistake] = [
    configured("@/config.json: the configuration is no JSON object: it cannot be parsed", 65, config: "not json"),
    configured("@/config.json: the configuration is no JSON object: it holds another kind of value", 65, config: "[1]"),
    configured(
      "@/model.safetensors: the configuration does not state pretrained_cfg.input_size (channels, height, width of the images)",
      65, config: #"{"architecture":"vit_tiny_patch16_224"}"#),
    configured(
      "@/model.safetensors: the configuration's num_heads: an integer from 0 to 1000000 expected, \"three\" found", 65,
      config: #"{"architecture":"vit","model_args":{"img_size":40,"num_heads":"three"}}"#),
    configured(
      "@/model.safetensors: the configuration's heads: a divisor of the width 48 expected, 5 found", 65,
      config: #"{"architecture":"vit","model_args":{"img_size":40,"num_heads":5}}"#),
    configured(
      "@/model.safetensors: tensor pos_embed: shape [1, 37, 48] expected, [1, 26, 48] found", 65,
      config: #"{"architecture":"vit","model_args":{"img_size":48,"num_heads":3}}"#),
    configured(
      "@/model.safetensors: the configuration's image size: at least one patch of 8x8 expected, 4x4 found", 65,
      config: #"{"architecture":"vit","model_args":{"img_size":4,"num_heads":3}}"#),
    configured("@/model.safetensors: tensor blocks.1.norm2.bias (norm) is missing", 65) {
      $0["blocks.1.norm2.bias"] = nil
    },
    configured("@/model.safetensors: tensor blocks.1.attn.qkv.bias (linear) is missing", 65) {
      $0["blocks.1.attn.qkv.bias"] = nil
    },
    configured(
      "@/model.safetensors: the configuration's depth: 2, as many blocks as there are tensors for expected, 3 found", 65
    ) { tensors in tensors = tensors.filter { !$0.key.hasPrefix("blocks.2.") } },
    configured("@/model.safetensors: tensors with no known use: stray", 65) {
      $0["stray"] = Tensor([1] as [Float], shape: [1])
    },
    configured("@/model.safetensors: tensor head.bias: shape [10] expected, [2] found", 65) {
      $0["head.bias"] = Tensor([1, 2] as [Float], shape: [2])
    },
    configured("@/model.safetensors: tensor norm.weight: floating-point numbers expected, i32 found", 65) {
      $0["norm.weight"] = Tensor([Int32](repeating: 1, count: 48), shape: [48])
    },
    configured("@/model.safetensors: no backbone family has tensors named like these 1: conv1.weight", 69) {
      $0 = ["conv1.weight": Tensor([1] as [Float], shape: [1])]
    },
    Mistake(
      arguments: ["convert", "fixtures/timm_vit", "-o", "@/out", "--labels", "@/labels"],
      message: "@/labels: 2 labels, but the model has 10 classes", code: 65
    ) { _ = try $0.write("labels", Array("cat\ndog\n".utf8)) },
    Mistake(
      arguments: ["convert", "fixtures/timm_vit", "-o", "@/out", "--labels", "@/labels"],
      message: "@/labels: no list of labels: the file is not UTF-8 text", code: 65
    ) { _ = try $0.write("labels", [0xFF, 0xFE]) },
    Mistake(
      arguments: ["convert", "fixtures/timm_vit", "-o", "@/out", "--config", "@/none"], message: "@/none: no such file",
      code: 66),
  ]

  // MARK: Converted models

  private static func damaged(_ message: String, _ change: @escaping @Sendable (inout [UInt8]) -> Void) -> Mistake {
    Mistake(arguments: ["inspect", "@/m.adaroute"], message: message, code: 65) { folder in
      try convertBase(folder, as: "m.adaroute")
      var content = try bytes(folder.file("m.adaroute"))
      change(&content)
      _ = try folder.write("m.adaroute", content)
    }
  }

  static let models: [Mistake] = [
    damaged("@/m.adaroute: the file is cut off: at least 393992 bytes expected, 393991 found") { $0.removeLast() },
    damaged("@/m.adaroute: bytes after the last tensor: a file of 393992 bytes expected, 393993 found") {
      $0.append(0)
    },
    damaged("@/m.adaroute: not a safetensors file but an HTML or XML page, probably an error page saved by a download")
    { $0 = Array("<html>".utf8) },
    Mistake(
      arguments: ["run", "@/m.adaroute", "--input", "@/none"],
      message: "@/m.adaroute: not a converted model: run adaroute convert", code: 65
    ) {
      _ = try $0.write("m.adaroute", fixture("timm_vit/model.safetensors"))
    },
    Mistake(
      arguments: ["delta", "create", "@/m.adaroute", "-o", "@/d"],
      message: "@/m.adaroute: the model is not grafted: there is nothing for a delta to hold", code: 64
    ) {
      try convertBase($0, as: "m.adaroute")
    },
  ]

  // MARK: Grafts

  private static func graft(_ options: [String], _ message: String, _ code: Int32) -> Mistake {
    Mistake(arguments: ["graft", "fixtures/timm_vit", "-o", "@/g"] + options, message: message, code: code)
  }

  static let grafts: [Mistake] = [
    graft(
      ["--rank", "65536"], "blocks.0.adapter.proj.weight: at most 268435456 elements expected, [65536, 65536] found", 64
    ),
    graft(["--rank", "0"], "rank: an integer from 1 to 65536 expected, 0 found", 64),
    graft(["--kernels", "4"], "kernels: different odd integers from 1 to 63 expected, [4] found", 64),
    graft(["--kernels", "3,3"], "kernels: different odd integers from 1 to 63 expected, [3, 3] found", 64),
    graft(
      ["--weights", "fixtures/timm_vit/model.safetensors"],
      "fixtures/timm_vit/model.safetensors: the graft's tensor blocks.0.adapter.router.0.weight is missing", 65),
    graft(["--weights", "@/a.pth"], "@/a.pth: no such file", 66),
    graft(
      ["--weights", "fixtures/torch/plain.pth"],
      "fixtures/torch/plain.pth: the graft's tensor blocks.0.adapter.router.0.weight is missing", 65),
    graft(
      ["--weights", "fixtures/parax_vit_conv3/model.safetensors"],
      "fixtures/parax_vit_conv3/model.safetensors: the graft's tensor blocks.0.adapter.res_scale: shape [48] expected, [32] found",
      65),
    graft(
      ["--config", "fixtures/timm_vit/config.json"],
      "fixtures/timm_vit/config.json: the graft's settings cannot be read: unknown key architecture; known are kernel_sizes, kernels, layerScale, rank, residualScale, routerHidden, router_hidden, spatial",
      65),
    Mistake(
      arguments: ["graft", "@/g.adaroute", "-o", "@/h"],
      message: "@/g.adaroute: the model is grafted already; graft its base", code: 64
    ) { try shipTask($0) },
  ]

  // MARK: Deltas

  private static func delta(
    _ message: String, _ code: Int32, _ change: @escaping @Sendable (inout [UInt8]) -> Void
  ) -> Mistake {
    Mistake(arguments: ["delta", "verify", "@/d.ardelta"], message: message, code: code) { folder in
      try shipTask(folder)
      var content = try bytes(folder.file("d.ardelta"))
      change(&content)
      _ = try folder.write("d.ardelta", content)
    }
  }

  static let deltas: [Mistake] = [
    delta("@/d.ardelta: the file is cut short: 3905 bytes expected, 3805 found", 65) { $0.removeLast(100) },
    delta("@/d.ardelta: frame 0 of tensor 'peft_params.projB_params' is damaged: its SHA-256 differs", 65) {
      $0[$0.count - 20] ^= 1
    },
    delta("@/d.ardelta: the manifest is damaged: its SHA-256 differs", 65) { $0[200] ^= 1 },
    delta("@/d.ardelta: this is a Git LFS pointer, not the delta itself; run `git lfs pull`", 65) {
      $0 = Array("version https://git-lfs.github.com/spec/v1\n".utf8)
    },
    delta("@/d.ardelta: the file is empty", 65) { $0 = [] },
    Mistake(
      arguments: ["run", "fixtures/hf_vit", "--delta", "@/d.ardelta", "--input", "fixtures/hf_vit/io.safetensors"],
      message:
        "@/d.ardelta: made for another base than fixtures/hf_vit/model.safetensors: blocks.0.attn.proj.bias is missing; blocks.0.attn.proj.weight is missing; blocks.0.attn.qkv.bias is missing; blocks.0.attn.qkv.weight is missing; blocks.0.mlp.fc1.bias is missing and 39 more",
      code: 78
    ) { try shipTask($0) },
    Mistake(
      arguments: ["delta", "apply", "@/other", "@/d.ardelta", "-o", "@/out"],
      message:
        "@/d.ardelta: made for another base than @/other/model.safetensors: head.bias has other values: SHA-256 b64e28f8573a8e2ca929e4a8aa94cccd64a627de6fc421a6b992e9ee4613ab52, expected e69aa30866c05a5b1fb71da3cc13f381ac8d0efc66af86c809e8860731955d99",
      code: 78
    ) { folder in
      try shipTask(folder)
      try FileManager.default.createDirectory(atPath: folder.file("other"), withIntermediateDirectories: true)
      var tensors = try timmTensors()
      var values: [Float] = try #require(tensors["head.bias"]?.scalars())
      values[3] += 1e-6
      tensors["head.bias"] = Tensor(values, shape: [10])
      try write(tensors, to: folder.file("other/model.safetensors"))
      _ = try folder.write("other/config.json", fixture("timm_vit/config.json"))
    },
    Mistake(
      arguments: ["delta", "apply", "@/g.adaroute", "@/d.ardelta", "-o", "@/out"],
      message: "@/g.adaroute: the model is grafted already; graft its base", code: 64
    ) {
      try shipTask($0)
    },
    Mistake(
      arguments: ["delta", "inspect", "fixtures/timm_vit/model.safetensors"],
      message: "fixtures/timm_vit/model.safetensors: this is a safetensors file, not a delta", code: 65),
  ]

  // MARK: Inputs

  private static func run(_ options: [String], _ message: String, _ code: Int32) -> Mistake {
    Mistake(arguments: ["run", "fixtures/timm_vit"] + options, message: message, code: code)
  }

  static let inputs: [Mistake] = [
    Mistake(
      arguments: ["bench", "fixtures/timm_convnext", "--batch", "65536", "--size", "4096x4096"],
      message: "the network would need 26388279066624 bytes", code: 65),
    run(["--input", "@/none"], "@/none: no such file", 66),
    Mistake(
      arguments: ["run", "fixtures/onnx_timm_beit_op17/model.onnx", "--input", "fixtures/timm_vit/io.safetensors"],
      message: "input input: f32 [N, 3, 32, 32] expected, f32 [2, 3, 40, 40] found", code: 65),
    run(
      ["--image", "fixtures/images/decoding/rgb.jpg", "--image-size", "7x40"],
      "fixtures/timm_vit/model.safetensors: images of 7x40 are too small for the network", 65),
    Mistake(
      arguments: ["run", "fixtures/onnx_timm_beit_op17/model.onnx", "--image", "x.jpg", "--image-size", "40x40"],
      message: "fixtures/onnx_timm_beit_op17/model.onnx: images of 40x40 asked for, but the model takes 32x32 only",
      code: 65),
    run(
      ["--input", "fixtures/timm_vit/io.safetensors", "--routes"],
      "the model has no routed module: graft it, or leave --routes out", 64),
  ]

  // MARK: Golden files

  private static func golden(_ file: String, _ message: String, _ code: Int32) -> Mistake {
    Mistake(arguments: ["verify", "fixtures/timm_vit", "--golden", file], message: message, code: code)
  }

  static let goldens: [Mistake] = [
    golden("@/none", "@/none: no such file", 66),
    Mistake(
      arguments: ["verify", "fixtures/timm_vit", "--golden", "@/golden"],
      message: "@/golden: no tensor is a value of the model; the file holds other, the model has features, logits",
      code: 65
    ) { folder in
      let input = Tensor([Float](repeating: 0, count: 4800), shape: [1, 3, 40, 40])
      try write(["input": input, "other": Tensor([1] as [Float], shape: [1])], to: folder.file("golden"))
    },
    Mistake(
      arguments: ["verify", "fixtures/timm_vit", "--golden", "@/golden"],
      message: "@/golden: logits has shape [10], but the model gives [1, 10]", code: 65
    ) { folder in
      let input = Tensor([Float](repeating: 0, count: 4800), shape: [1, 3, 40, 40])
      let logits = Tensor([Float](repeating: 0, count: 10), shape: [10])
      try write(["input": input, "logits": logits], to: folder.file("golden"))
    },
    golden(
      "fixtures/hf_vit_sharded/io.safetensors",
      "fixtures/hf_vit_sharded/io.safetensors: logits has shape [1, 4], but the model gives [1, 10]", 65),
    Mistake(
      arguments: ["verify", "fixtures/onnx_timm_beit_op17/model.onnx", "--golden", "@/golden"],
      message: "input input: f32 [N, 3, 32, 32] expected, f32 [2, 3, 40, 40] found", code: 65
    ) { folder in
      let input = Tensor([Float](repeating: 0, count: 9600), shape: [2, 3, 40, 40])
      let output = Tensor([Float](repeating: 0, count: 20), shape: [2, 10])
      try write(["input": input, "output": output], to: folder.file("golden"))
    },
  ]

  // MARK: Exports

  private static func parax(_ model: String, _ message: String, _ code: Int32) -> Mistake {
    Mistake(
      arguments: ["export", model, "--names", "parax", "-o", "@/out.safetensors"], message: message, code: code)
  }

  static let exports: [Mistake] = [
    parax(
      "fixtures/timm_dinov2",
      "fixtures/timm_dinov2/model.safetensors: the authors' ViT has no place for blocks.0.ls1.gamma, blocks.0.ls2.gamma, blocks.1.ls1.gamma, blocks.1.ls2.gamma",
      69),
    parax(
      "fixtures/timm_convnextv2",
      "fixtures/timm_convnextv2/model.safetensors: the authors' ConvNeXt has no place for stages.0.blocks.0.mlp.grn.bias, stages.0.blocks.0.mlp.grn.weight, stages.1.blocks.0.mlp.grn.bias, stages.1.blocks.0.mlp.grn.weight, stages.2.blocks.0.mlp.grn.bias and 5 more",
      69),
    Mistake(
      arguments: ["export", "@/m.onnx", "--names", "parax", "-o", "@/out.safetensors"],
      message:
        "@/m.onnx: the authors' names are known for ViT, Swin and ConvNeXt, not for tensors named like these 0: ",
      code: 69
    ) { _ = try $0.write("m.onnx", Proto.model(Proto.node("Relu", ["x"], "y"))) },
    Mistake(
      arguments: ["export", "fixtures/timm_vit", "-o", "@/none/out.onnx"],
      message: "@/none/out.onnx: cannot be created: No such file or directory", code: 73),
    Mistake(
      arguments: ["export", "fixtures/timm_vit", "-o", "@/none/out.safetensors"],
      message: "@/none/out.safetensors: cannot be created: No such file or directory", code: 73),
    Mistake(
      arguments: ["export", "@/m.onnx", "-o", "@/m.onnx"],
      message: "@/m.onnx: the output would overwrite the input", code: 64
    ) { _ = try $0.write("m.onnx", Proto.model(Proto.node("Relu", ["x"], "y"))) },
    Mistake(
      arguments: [
        "export", "@/model.safetensors", "--config", "fixtures/timm_vit/config.json", "-o", "@/model.safetensors",
      ], message: "@/model.safetensors: the output would overwrite the input", code: 64
    ) {
      _ = try $0.write("model.safetensors", fixture("timm_vit/model.safetensors"))
    },
  ]

  // MARK: Images

  private static func image(_ message: String, _ code: Int32, _ content: [UInt8]) -> Mistake {
    Mistake(arguments: ["run", "fixtures/hf_vit", "--image", "@/photo"], message: "@/photo: \(message)", code: code) {
      _ = try $0.write("photo", content)
    }
  }

  static let images: [Mistake] = [
    image("the file is empty", 65, []),
    image("not an image: it begins with the bytes 6a 75 73 74 20 74 65 78", 65, Array("just text".utf8)),
    image(
      "GIF images are not supported, only JPEG and PNG", 69, Array("GIF89a".utf8) + [UInt8](repeating: 0, count: 20)),
    image("the PNG data ends before the image does", 65, Array([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])),
    image("the JPEG data ends before the image does", 65, [0xFF, 0xD8, 0xFF, 0xE0]),
    Mistake(
      arguments: ["run", "fixtures/hf_vit", "--image", "@/none.jpg"], message: "@/none.jpg: no such file", code: 66),
    Mistake(
      arguments: [
        "run", "fixtures/parax_vit_conv3", "--config", "fixtures/parax_vit_conv3/case.json", "--image", "@/x.jpg",
      ],
      message:
        "fixtures/parax_vit_conv3/model.safetensors: the model does not state how images are prepared: convert it with a configuration that does (timm's config.json or transformers' preprocessor_config.json beside it), or give tensors with --input",
      code: 64),
  ]

  // MARK: Outputs

  static let outputs: [Mistake] = [
    Mistake(
      arguments: ["delta", "apply", "@/b.adaroute", "@/d.ardelta", "-o", "@/d.ardelta"],
      message: "@/d.ardelta: the output would overwrite the input", code: 64
    ) {
      try shipTask($0)
    },
    Mistake(
      arguments: [
        "run", "@/b.adaroute", "--delta", "@/d.ardelta", "--input", "fixtures/timm_vit/io.safetensors", "-o",
        "@/d.ardelta",
      ], message: "@/d.ardelta: the output would overwrite the input", code: 64
    ) { try shipTask($0) },
    Mistake(
      arguments: ["convert", "fixtures/timm_vit", "-o", "@/none/out"],
      message: "@/none/out: cannot be created: No such file or directory", code: 73),
    Mistake(
      arguments: ["convert", "fixtures/timm_vit", "-o", "@"],
      message: "@: cannot be created: it exists and is no regular file", code: 73),
    Mistake(
      arguments: ["convert", "fixtures/timm_vit", "-o", "/dev/full"],
      message: "/dev/full: cannot be written: No space left on device", code: 74),
    Mistake(
      arguments: [
        "convert", "@/model.safetensors", "--config", "fixtures/timm_vit/config.json", "-o", "@/model.safetensors",
      ], message: "@/model.safetensors: the output would overwrite the input", code: 64
    ) {
      _ = try $0.write("model.safetensors", fixture("timm_vit/model.safetensors"))
    },
    Mistake(
      arguments: ["delta", "create", "@/g.adaroute", "-o", "/dev/full"],
      message: "/dev/full: cannot be written: No space left on device", code: 74
    ) { try shipTask($0) },
    Mistake(
      arguments: ["run", "fixtures/timm_vit", "--input", "fixtures/timm_vit/io.safetensors", "-o", "@/none/out"],
      message: "@/none/out: cannot be created: No such file or directory", code: 73),
  ]
}
