import AdaRoute
import ArgumentParser
import Tensors

struct DeltaCreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Write what a graft added as a delta.",
    discussion: """
      With --base, the model that the graft was trained on, what else was trained (a head, norms that end stages) goes \
      into the delta too; says where tensors of the backbone itself differ.

      Examples:
        adaroute delta create grafted.adaroute -o task.ardelta
        adaroute delta create --base backbone.adaroute checkpoint.adaroute -o task.ardelta
        adaroute delta create grafted.adaroute --dtype int8 --golden outputs.safetensors --limit 0.01 -o task.ardelta
      """)

  @Argument(help: "A grafted model.") var grafted: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "The delta to write: FILE.ardelta.")
  var output: String
  @Option(help: "The plain model that the graft was trained on; by default the model without its graft.")
  var base: String?
  @Option(help: "How the file holds numbers: f32, f16, bf16 or int8. By default as the model does, without loss.")
  var dtype: DeltaType?
  @Option(help: "Inputs and values: no delta is written where rounding changes a value by more than --limit.")
  var golden: String?
  @Option(help: "The difference that --golden allows, relative to a value's largest number where that exceeds 1.")
  var limit = 0.01
  @Option(help: "How hard to compress, from 1 to 19.") var level = 3
  @Flag(help: "Report as JSON.") var json = false

  func validate() throws {
    guard (1...19).contains(level) else { throw ValidationError("--level must be from 1 to 19") }
    guard limit >= 0, limit.isFinite else { throw ValidationError("--limit must be a number of 0 or more") }
  }

  func run() throws {
    let (manifest, comparison) = try Model(path: grafted).writeDelta(
      to: output, base: base.map { try Model(path: $0) }, type: dtype?.elementType, level: level,
      check: golden.map { RoundingCheck(golden: $0, limit: limit) })
    let report = DeltaReport(manifest, path: output, comparison: comparison)
    try printReport(json ? report.json : report.text(tensors: false))
  }
}

enum DeltaType: String, ExpressibleByArgument, CaseIterable {
  case f32, f16, bf16, int8

  var elementType: ElementType {
    switch self {
    case .f32: .float32
    case .f16: .float16
    case .bf16: .bfloat16
    case .int8: .int8
    }
  }
}
