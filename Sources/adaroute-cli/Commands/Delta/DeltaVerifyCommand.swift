import AdaRoute
import ArgumentParser
import Delta

struct DeltaVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check a delta's contents and, with --base, that it fits.",
    discussion: """
      Decodes every tensor and compares it with its SHA-256. With --base, reads all of the base's tensors, \
      compares them with the base's own digests, and applies the delta in memory. Signatures that it bears must be \
      valid; with --key, one must be by that key, or by one of those in the file.

      Examples:
        adaroute delta verify task.ardelta --base vit_base.adaroute
        adaroute delta verify task.ardelta --key team.key.pub
      """)

  @Argument(help: "A delta.") var delta: String
  @Option(help: "The model that the delta is to fit.") var base: String?
  @Option(help: "Public keys in PEM, of which one must have signed the delta.") var key: String?
  @Flag(help: "Report as JSON.") var json = false

  func run() throws {
    let file = try DeltaFile(path: delta)
    if let key { try file.validate(.signedBy(Set(VerificationKey.read(key)))) }
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
