import AdaRoute
import ArgumentParser
import Foundation
import ONNX

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model for other programs: as ONNX, or as a state dict.",
    discussion: """
      The output's name tells the format. FILE.onnx holds the network in standard operators, grafts included, with an \
      open batch. A ViT's images have one size then, its own or that of --image-size. FILE.safetensors holds the tensors: under the model's own names, or with --names parax under those \
      that the AdaRoute authors' code loads.

      Examples:
        adaroute export grafted.adaroute -o grafted.onnx
        adaroute export grafted.adaroute --names parax -o parax.safetensors
      """)

  @Argument(help: "A converted model or a checkpoint.") var model: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "The file to write: FILE.onnx or FILE.safetensors.")
  var output: String
  @Option(help: "Whose names the tensors get: parax, the authors'. By default the model's own.") var names: ExportNames?
  @Option(help: "The standard operator set to write in, from 17 to 23; 17 by default.") var opset: Int?
  @Option(help: "HEIGHTxWIDTH of the images that FILE.onnx takes; by default the model's own, or open.")
  var imageSize: String?
  @Option(help: "A delta to apply first.") var delta: String?
  @OptionGroup var trust: TrustOptions
  @Option(help: "Adapter tensors under the authors' names, grafted first.") var weights: String?
  @Option(help: "A checkpoint's configuration, where it is not beside it.") var config: String?
  @Flag(help: "Report as JSON.") var json = false

  private var isONNX: Bool { URL(filePath: output).pathExtension.lowercased() == "onnx" }

  func validate() throws {
    guard weights == nil || delta == nil else { throw ValidationError("give either --weights or --delta") }
    guard isONNX || URL(filePath: output).pathExtension.lowercased() == "safetensors" else {
      throw ValidationError("the output must be called FILE.onnx or FILE.safetensors")
    }
    guard !isONNX || names == nil else { throw ValidationError("--names is for FILE.safetensors") }
    guard isONNX || opset == nil else { throw ValidationError("--opset is for FILE.onnx") }
    guard isONNX || imageSize == nil else { throw ValidationError("--image-size is for FILE.onnx") }
    _ = try parsedImageSize(imageSize, option: "--image-size")
    if let opset, !ExportedModel.opsets.contains(opset) {
      throw ValidationError(
        "--opset must be from \(ExportedModel.opsets.lowerBound) to \(ExportedModel.opsets.upperBound)")
    }
  }

  func run() throws {
    let loaded = try Model(
      path: model, configuration: config, weights: weights, delta: delta, trust: trust.policy())
    let bar = ProgressBar("writing \(output)")
    let report: ExportReport
    if isONNX {
      report = try loaded.writeONNX(
        to: output, opset: opset ?? ExportedModel.defaultOpset,
        imageSize: parsedImageSize(imageSize, option: "--image-size")
      ) { bar.show($0, of: $1) }
    } else {
      report = try loaded.writeTensors(to: output, names: names?.naming ?? .own) { bar.show($0, of: $1) }
    }
    bar.finish()
    try printReport(json ? report.json : report.text)
  }
}

/// The names that a state dict can be asked for.
enum ExportNames: String, ExpressibleByArgument, CaseIterable {
  case parax

  var naming: TensorNaming {
    switch self {
    case .parax: .authors
    }
  }
}
