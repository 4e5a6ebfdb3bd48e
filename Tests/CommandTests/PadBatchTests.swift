import Foundation
import Safetensors
import Tensors
import Testing

/// `run --pad-batch`: images of different sizes that the backbone looks at together.
@Suite struct PadBatchTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let photos = [
    "maskrcnn_convnext/image.png", "upernet_swin/slide_0.png", "preprocess/image2.jpg", "upernet_swin/whole_0.png",
  ]

  private var photos: [String] { Self.photos.map { Tool.fixtures.appending(path: "dense/\($0)").path } }

  /// The files that a run writes, by name, and what it says.
  private func run(_ model: String, _ task: String, _ photos: [String], _ extra: [String] = []) throws
    -> (files: [String: Data], output: String)
  {
    let results = folder.file(UUID().uuidString)
    let outcome = try Tool.run(
      ["run", model, "--task", task, "--json", "-o", results] + extra + ["--image"] + photos)
    try #require(outcome.code == 0, "\(outcome.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: results)
    let files = try names.map { ($0, try Data(contentsOf: URL(filePath: "\(results)/\($0)"))) }
    return (Dictionary(uniqueKeysWithValues: files), outcome.output.replacing(results, with: "results"))
  }

  /// Each image's files are those of a run of its own, with the option and without it.
  @Test(arguments: [("upernet_swin", "segment"), ("maskrcnn_swin", "detect"), ("panoptic_swin", "panoptic")])
  func eachImageAsAlone(_ name: String, _ task: String) throws {
    let model = try folder.denseModel(name, scale: task == "segment" ? [512, 128] : nil)
    let plain = try run(model, task, photos)
    for photo in photos {
      let alone = try run(model, task, [photo]).files
      // What belongs to all images counts them.
      for (file, data) in alone where !file.hasSuffix(".json") { #expect(plain.files[file] == data, "\(file)") }
    }
    for batch in ["1", "3", "9"] {
      let together = try run(model, task, photos, ["--pad-batch", batch])
      #expect(together.files == plain.files)
      #expect(together.output == plain.output)
    }
  }

  @Test func wrongBatches() throws {
    let model = try folder.denseModel("upernet_swin", scale: [512, 128])
    func refused(_ arguments: [String], _ text: String, code: Int32 = 64) throws {
      let outcome = try Tool.run(arguments + ["--image", photos[0]])
      #expect(outcome.code == code)
      #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }
    let run = ["run", model, "--task", "segment"]
    for count in ["0", "-3", "1025"] {
      try refused(run + ["--pad-batch=\(count)"], "--pad-batch must be from 1 to 1024")
    }
    try refused(run + ["--pad-batch", "two"], "The value 'two' is invalid for '--pad-batch")
    try refused(
      run + ["--pad-batch", "2", "--window", "64x64"], "--pad-batch is for whole images, not for --window")
    try refused(["run", model, "--pad-batch", "2"], "--routing and --pad-batch go with --task")
  }

  /// A checkpoint whose own windows images are looked at through.
  @Test func windowsOfTheCheckpoint() throws {
    let source = Tool.fixtures.appending(path: "dense/upernet_swin")
    let data = try Data(contentsOf: source.appending(path: "case.json"))
    var configuration = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    var network = try #require(configuration["model_cfg"] as? [String: Any])
    network["test_cfg"] = ["mode": "slide", "crop_size": [64, 96], "stride": [40, 56]]
    configuration["model_cfg"] = network
    let config = try folder.write("slide.json", JSONSerialization.data(withJSONObject: configuration))
    let model = folder.file("slide.adaroute")
    let converted = try Tool.run(
      ["convert", source.appending(path: "checkpoint.pth").path, "--config", config, "-o", model])
    try #require(converted.code == 0, "\(converted.errors)")
    let outcome = try Tool.run(
      ["run", model, "--task", "segment", "--scale", "96x160", "--pad-batch", "2", "--image", photos[0]])
    #expect(outcome.code == 64)
    let reason = "the model looks at images through windows, one by one: --pad-batch is for whole images"
    #expect(outcome.errors == "adaroute: \(model): \(reason)\n")
  }

  /// The Mask R-CNN on ConvNeXt with other tensors than its own.
  private func changed(_ change: (inout [String: Tensor]) throws -> Void) throws -> String {
    let (plain, path) = (try folder.denseModel("maskrcnn_convnext"), folder.file("changed.safetensors"))
    let exported = try Tool.run(["export", plain, "-o", folder.file("plain.safetensors")])
    try #require(exported.code == 0, "\(exported.errors)")
    let source = try SafetensorsFile(path: folder.file("plain.safetensors"))
    var tensors: [String: Tensor] = [:]
    for name in source.names { tensors[name] = try source.tensor(named: name) }
    try change(&tensors)
    try write(tensors, to: path)
    let model = folder.file("changed.adaroute")
    let converted = try Tool.run(
      ["convert", path, "--config", folder.file("maskrcnn_convnext.json"), "-o", model])
    try #require(converted.code == 0, "\(converted.errors)")
    return model
  }

  /// The response norms of ConvNeXt V2 ask how strong a channel is in the whole map.
  @Test func aBackboneThatReadsWholeMaps() throws {
    let model = try changed { tensors in
      for (name, weight) in tensors where name.hasSuffix(".pwconv1.weight") {
        for part in ["gamma", "beta"] {
          let response = [Float](repeating: 0.1, count: weight.shape[0])
          tensors[name.replacing("pwconv1.weight", with: "grn.\(part)")] = Tensor(
            response, shape: [1, 1, 1, response.count])
        }
      }
    }
    _ = try run(model, "detect", Array(photos.prefix(2)))
    let outcome = try Tool.run(["run", model, "--task", "detect", "--pad-batch", "2", "--image"] + photos)
    #expect(outcome.code == 69)
    let reason = "globalResponseNorm reads maps beyond an image's own part, which padding would change"
    #expect(outcome.errors == "adaroute: \(model): --pad-batch does not fit the model: \(reason)\n")
  }

  @Test func aNetworkWithoutRouters() throws {
    let model = try changed { tensors in
      tensors = tensors.filter { !$0.key.contains("adapter") && !$0.key.hasPrefix("peft_params") }
    }
    let plain = try run(model, "detect", photos)
    #expect(try run(model, "detect", photos, ["--pad-batch", "4"]).files == plain.files)
  }
}
