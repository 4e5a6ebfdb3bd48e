import AdaRoute
import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast a model runs here.",
    discussion: "Example: adaroute bench vit_base.adaroute --batch 8 --threads 2 --profile trace.json")

  @Argument(help: "A converted model or a checkpoint.") var model: String
  @Option(help: "A delta to apply in memory.") var delta: String?
  @OptionGroup var trust: TrustOptions
  @Option(help: "Adapter tensors under the authors' names, grafted in memory.") var weights: String?
  @Option(help: "Images in a batch.") var batch = 1
  @Option(name: [.long, .customLong("image-size")], help: "HEIGHTxWIDTH of the images; by default the model's own.")
  var size: String?
  @OptionGroup var session: SessionOptions
  @Option(help: "How long to measure.") var seconds = 5.0
  @Option(help: "A checkpoint's configuration, where it is not beside it.") var config: String?
  @Option(
    name: [.long, .customLong("trace")],
    help: "Write one run's steps to FILE, which chrome://tracing and ui.perfetto.dev open.")
  var profile: String?
  @Flag(help: "Report as JSON.") var json = false

  func validate() throws {
    guard (1...65_536).contains(batch) else { throw ValidationError("--batch must be from 1 to 65536") }
    guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must be above 0 and at most 3600") }
    guard weights == nil || delta == nil else { throw ValidationError("give either --weights or --delta") }
    _ = try parsedImageSize(size, option: "--size")
  }

  func run() throws {
    let bar = ProgressBar("measuring \(model)")
    let report = try BenchReport(
      batch: batch, size: parsedImageSize(size, option: "--size"), settings: session.settings(), seconds: seconds,
      progress: { bar.show($0, of: $1) },
      open: { try Model(path: model, configuration: config, weights: weights, delta: delta, trust: trust.policy()) })
    bar.finish()
    if let profile { try report.writeTrace(to: profile) }
    try printReport(json ? report.json : report.text)
  }
}
