import AdaRoute
import ArgumentParser
import Tensors

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Convert a checkpoint into a model that can be run, grafted and shipped.",
    discussion: """
      Accounts for every tensor of the source: mapped, known to be unused, or an error. A source that holds \
      AdaRoute tensors under their authors' names becomes a grafted model.

      Example: adaroute convert vit_base -o vit_base.adaroute
      """)

  @Argument(
    help: """
      A safetensors file, the index of a sharded one, a PyTorch or ONNX file, or a folder with one and its config.json.
      """)
  var source: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "The model to write: MODEL.adaroute.")
  var output: String
  @Option(help: "The configuration (timm's, transformers' or ours), where it is not beside the source.")
  var config: String?
  @Option(help: "One of the authors' published configurations in its place: swin_b_mask_rcnn, convnext_l_upernet, …")
  var preset: String?
  @Option(help: "How the file holds matrices: f32, f16 or bf16; vectors stay f32. By default as the source does.")
  var dtype: DataType?
  @Option(help: "The classes' names: one a line, or JSON.") var labels: String?
  @Flag(name: .customLong("no-graft"), help: "Leave AdaRoute tensors out: the plain backbone of a grafted checkpoint.")
  var noGraft = false
  @Flag(help: "Report as JSON.") var json = false

  func validate() throws {
    guard preset == nil || config == nil else { throw ValidationError("give either --config or --preset") }
  }

  func run() throws {
    let checkpoint =
      try preset.map { try Source(path: source, preset: $0) } ?? Source(path: source, configuration: config)
    var model = try Model(converting: checkpoint, grafting: !noGraft)
    if let labels { model = try model.labelled(byFile: labels) }
    if let dtype { model = model.stored(as: dtype.elementType) }
    let bar = ProgressBar("writing \(output)")
    try model.write(to: output) { bar.show($0, of: $1) }
    bar.finish()
    let report = ConversionReport(model, output: output)
    try printReport(json ? report.json : report.text)
  }
}

/// The number types that files can be asked for.
enum DataType: String, ExpressibleByArgument, CaseIterable {
  case f32, f16, bf16

  var elementType: ElementType {
    switch self {
    case .f32: .float32
    case .f16: .float16
    case .bf16: .bfloat16
    }
  }
}
