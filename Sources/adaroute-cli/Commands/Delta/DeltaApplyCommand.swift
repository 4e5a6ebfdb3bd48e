import AdaRoute
import ArgumentParser
import Delta

struct DeltaApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Write the grafted model that a base and a delta give.",
    discussion: "Example: adaroute delta apply vit_base.adaroute task.ardelta -o grafted.adaroute")

  @Argument(help: "The model that the delta was made on.") var base: String
  @Argument(help: "The delta.") var delta: String
  @OptionGroup var trust: TrustOptions
  @Option(name: [.customShort("o"), .customLong("output")], help: "The model to write.") var output: String
  @Flag(help: "Report as JSON.") var json = false

  func run() throws {
    let grafted = try Model(path: base).applying(DeltaFile(path: delta), trust: trust.policy())
    let bar = ProgressBar("writing \(output)")
    try grafted.write(to: output) { bar.show($0, of: $1) }
    bar.finish()
    let report = GraftReport(grafted, output: output)
    try printReport(json ? report.json : report.text)
  }
}
