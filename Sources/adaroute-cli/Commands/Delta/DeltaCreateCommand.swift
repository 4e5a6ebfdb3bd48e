import AdaRoute
import ArgumentParser

struct DeltaCreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Write what a graft added as a delta.",
    discussion: """
      With --base, the model that the graft was trained on, what else was trained (a head, norms that end stages) goes \
      into the delta too; says where tensors of the backbone itself differ.

      Examples:
        adaroute delta create grafted.adaroute -o task.ardelta
        adaroute delta create --base backbone.adaroute checkpoint.adaroute -o task.ardelta
      """)

  @Argument(help: "A grafted model.") var grafted: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "The delta to write: FILE.ardelta.")
  var output: String
  @Option(help: "The plain model that the graft was trained on; by default the model without its graft.")
  var base: String?
  @Option(help: "How the file holds numbers: f32, f16 or bf16. By default as the model does, without loss.")
  var dtype: DataType?
  @Option(help: "How hard to compress, from 1 to 19.") var level = 3
  @Flag(help: "Report as JSON.") var json = false

  func validate() throws {
    guard (1...19).contains(level) else { throw ValidationError("--level must be from 1 to 19") }
  }

  func run() throws {
    let (manifest, comparison) = try Model(path: grafted).writeDelta(
      to: output, base: base.map { try Model(path: $0) }, type: dtype?.elementType, level: level)
    let report = DeltaReport(manifest, path: output, comparison: comparison)
    try printReport(json ? report.json : report.text(tensors: false))
  }
}
