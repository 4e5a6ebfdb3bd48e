import AdaRoute
import ArgumentParser

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compare a model's values with those that another program computed.",
    discussion: """
      The golden file is safetensors: the inputs, and outputs or values inside the network under their names. Names \
      the first value, in the order of the graph, that differs. This compares with what another program says; \
      `adaroute run --verify` compares the fast steps with this program's own references.

      Exit codes: 0 every value agrees, 65 a value differs or cannot be compared; otherwise as `adaroute --help` says.

      Example: adaroute verify vit_base.adaroute --golden from_pytorch.safetensors
      """)

  @Argument(help: "A converted model or a checkpoint.") var model: String
  @Option(help: "A safetensors file with the inputs and the values that are expected.") var golden: String
  @Option(help: "A delta to apply in memory.") var delta: String?
  @OptionGroup var trust: TrustOptions
  @Option(help: "Adapter tensors under the authors' names, grafted in memory.") var weights: String?
  @Option(help: "The difference allowed, relative to a value's largest number where that exceeds 1.")
  var tolerance = GoldenReport.defaultTolerance
  @OptionGroup var session: SessionOptions
  @Option(help: "A checkpoint's configuration, where it is not beside it.") var config: String?
  @Flag(help: "Report as JSON.") var json = false

  func validate() throws {
    guard weights == nil || delta == nil else { throw ValidationError("give either --weights or --delta") }
    guard tolerance >= 0, tolerance.isFinite else { throw ValidationError("--tolerance must be a number of 0 or more") }
  }

  func run() throws {
    let loaded = try Model(
      path: model, configuration: config, weights: weights, delta: delta, trust: trust.policy())
    let report = try GoldenReport(
      loaded, golden: golden, delta: delta, tolerance: tolerance, settings: session.settings())
    try printReport(json ? report.json : report.text)
    try report.requireAgreement()
  }
}
