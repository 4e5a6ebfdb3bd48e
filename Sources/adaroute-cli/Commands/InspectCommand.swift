import AdaRoute
import ArgumentParser
import Safetensors
import Tensors

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a file holds. Reads no weights.",
    discussion: "Example: adaroute inspect vit_base/model.safetensors --tensors")

  @Argument(help: "A safetensors file, or the index of a sharded checkpoint.") var file: String
  @Flag(help: "List every tensor.") var tensors = false
  @Flag(help: "Report as JSON.") var json = false

  func run() throws {
    let collection = try openSafetensors(path: file)
    let report = FileReport(collection, path: file)
    print(json ? report.json : report.text(tensors: tensors))
  }
}
