import AdaRoute
import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast a model runs here.",
    discussion: "Example: adaroute bench vit_base --batch 8 --threads 2")

  @Argument(help: "A checkpoint: a safetensors file, an index, or a folder with one and its config.json.")
  var model: String
  @Option(help: "Adapter tensors under the authors' names, grafted onto the model.") var weights: String?
  @Option(help: "Images in a batch.") var batch = 1
  @Option(help: "Threads; by default the CPUs that the process may use.") var threads: Int?
  @Option(help: "How long to measure.") var seconds = 5.0
  @Option(help: "The configuration, where it is not beside the model.") var config: String?
  @Flag(help: "Report as JSON.") var json = false

  func validate() throws {
    guard (1...65_536).contains(batch) else { throw ValidationError("--batch must be from 1 to 65536") }
    if let threads, !(1...4096).contains(threads) { throw ValidationError("--threads must be from 1 to 4096") }
    guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must be above 0 and at most 3600") }
  }

  func run() throws {
    let report = try BenchReport(
      path: model, configuration: config, weights: weights, batch: batch, threads: threads, seconds: seconds)
    print(json ? report.json : report.text)
  }
}
