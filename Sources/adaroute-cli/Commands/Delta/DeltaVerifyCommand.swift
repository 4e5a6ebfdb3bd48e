import AdaRoute
import ArgumentParser
import Delta

struct DeltaVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check a delta's contents and, with --base, that it fits.",
    discussion: """
      Decodes every tensor and compares it with its SHA-256. With --base, reads all of the base's tensors, \
      compares them with the base's own digests, and applies the delta in memory.

      Example: adaroute delta verify task.ardelta --base vit_base.adaroute
      """)

  @Argument(help: "A delta.") var delta: String
  @Option(help: "The model that the delta is to fit.") var base: String?
  @Flag(help: "Report as JSON.") var json = false

  func run() throws {
    let file = try DeltaFile(path: delta)
    try file.verify()
    if let base {
      let model = try Model(path: base)
      try model.validateContents()
      _ = try model.applying(file)
    }
    let report = VerificationReport(delta: file, base: base)
    try printReport(json ? report.json : report.text)
  }
}
