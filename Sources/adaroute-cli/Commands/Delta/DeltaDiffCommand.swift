import AdaRoute
import ArgumentParser
import Delta

struct DeltaDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Write what turns one delta into a later one.",
    discussion: """
      The patch holds the tensors that changed, as what differs from the earlier ones where that is smaller. `adaroute \
      delta patch` makes the later delta of it, with its signatures.

      Example: adaroute delta diff task-1.ardelta task-2.ardelta -o task-1-2.arpatch
      """)

  @Argument(help: "The delta that the receiver has.") var old: String
  @Argument(help: "The later delta.") var new: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "The patch to write: FILE.arpatch.")
  var output: String
  @Flag(help: "Report as JSON.") var json = false

  func run() throws {
    try refuseOverwriting(output, [old, new])
    let later = try DeltaFile(path: new)
    try DeltaPatch.write(to: output, from: DeltaFile(path: old), to: later)
    let report = PatchReport(try DeltaPatch(path: output), delta: later, isIdentical: nil)
    try printReport(json ? report.json : report.text)
  }
}
