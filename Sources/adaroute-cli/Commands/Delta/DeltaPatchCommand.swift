import AdaRoute
import ArgumentParser
import Delta

struct DeltaPatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "patch", abstract: "Make the later delta of an earlier one and a patch.",
    discussion: """
      The later delta's tensors are compared with their SHA-256. Its file is the one that the patch was made of, byte \
      for byte; where another version of libzstd compressed that one, it is the same delta in other bytes, with the \
      same signatures, and the report says so.

      Example: adaroute delta patch task-1.ardelta task-1-2.arpatch -o task-2.ardelta
      """)

  @Argument(help: "The earlier delta.") var old: String
  @Argument(help: "A patch that `adaroute delta diff` wrote.") var patch: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "The later delta to write: FILE.ardelta.")
  var output: String
  @Flag(help: "Report as JSON.") var json = false

  func run() throws {
    try refuseOverwriting(output, [old, patch])
    let patch = try DeltaPatch(path: patch)
    let isIdentical = try patch.write(to: output, from: DeltaFile(path: old))
    let report = PatchReport(patch, delta: try DeltaFile(path: output), isIdentical: isIdentical)
    try printReport(json ? report.json : report.text)
  }
}
