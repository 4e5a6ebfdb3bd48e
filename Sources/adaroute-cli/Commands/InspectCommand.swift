import AdaRoute
import ArgumentParser

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a file holds. Reads no weights.",
    discussion: "Example: adaroute inspect vit_base.adaroute --graph")

  @Argument(help: "Any file that adaroute reads or writes, or a folder with a checkpoint.") var file: String
  @Flag(help: "List every tensor.") var tensors = false
  @Flag(help: "List a converted model's operators.") var graph = false
  @Flag(help: "Report as JSON, with all lists.") var json = false

  func run() throws {
    let inspection = try Inspection(path: file)
    try printReport(json ? inspection.json : inspection.text(tensors: tensors, graph: graph))
  }
}
