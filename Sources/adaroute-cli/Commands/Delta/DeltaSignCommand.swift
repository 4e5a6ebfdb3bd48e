import AdaRoute
import ArgumentParser
import Delta

struct DeltaSignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Sign a delta.",
    discussion: """
      Decodes and checks every tensor, then adds a signature over the manifest, which states each tensor's SHA-256 and \
      the base's. Several keys may sign one delta. Without -o the delta itself is replaced.

      Example: adaroute delta sign task.ardelta --key team.key
      """)

  @Argument(help: "A delta.") var delta: String
  @Option(help: "A private Ed25519 key in PEM.") var key: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write the signed delta.")
  var output: String?
  @Flag(help: "Report as JSON.") var json = false

  func run() throws {
    let key = try SigningKey(path: key)
    let file = try DeltaFile(path: delta)
    try file.verify()
    let target = output ?? delta
    try file.write(to: target, signedWith: key)
    let report = try SignatureReport(DeltaFile(path: target))
    try printReport(json ? report.json : report.text)
  }
}
