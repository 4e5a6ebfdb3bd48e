import AdaRoute
import ArgumentParser
import Runtime
import Safetensors
import Tensors

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a model on tensors.",
    discussion: "Example: adaroute run vit_base --input batch.safetensors -o logits.safetensors")

  @Argument(help: "A checkpoint: a safetensors file, an index, or a folder with one and its config.json.")
  var model: String
  @Option(help: "Adapter tensors under the authors' names, grafted onto the model.") var weights: String?
  @Option(help: "A safetensors file with the input.") var input: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write the outputs.") var output: String?
  @Option(help: "Classes to report for each image.") var topK = 5
  @Flag(help: "Also give each module's routing coefficients.") var routes = false
  @Option(help: "Threads; by default the CPUs that the process may use.") var threads: Int?
  @Flag(help: "Compare every step with its reference first.") var verify = false
  @Option(help: "The configuration, where it is not beside the model.") var config: String?
  @Flag(help: "Report as JSON.") var json = false

  func validate() throws {
    if let threads, !(1...4096).contains(threads) { throw ValidationError("--threads must be from 1 to 4096") }
    guard topK >= 1 else { throw ValidationError("--top-k must be at least 1") }
  }

  func run() throws {
    let loaded = try Model(path: model, configuration: config, weights: weights)
    let session = Session(loaded.graph, threads: threads)
    let inputs = try InputFile(path: input).inputs(for: loaded.graph)
    if verify, let divergence = try session.verify(inputs) { throw RunError.diverged(divergence) }
    let report = try RunReport(session, inputs, routes: routes, topK: topK)
    if let output { try report.write(to: output) }
    print(json ? report.json : report.text)
  }
}
