import AdaRoute
import ArgumentParser
import Delta

struct DeltaInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a delta holds. Reads no weights.",
    discussion: "Example: adaroute delta inspect task.ardelta")

  @Argument(help: "A delta.") var delta: String
  @Flag(help: "List every tensor.") var tensors = false
  @Flag(help: "Report as JSON.") var json = false

  func run() throws {
    let report = DeltaReport(try DeltaFile(path: delta))
    try printReport(json ? report.json : report.text(tensors: tensors))
  }
}
